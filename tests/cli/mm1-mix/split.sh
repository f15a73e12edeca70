# Which documents are held out depends on themselves only.
sh "$CASES/make-docs" 30 30
mm1-mix split docs.tar -o a.tar.zst --held-out b.tar.zst
mm1-mix ls b.tar.zst
mm1-mix cat a.tar.zst b.tar.zst | mm1-mix split -q -o c.tar.zst --held-out d.tar.zst
mm1-mix ls d.tar.zst | cmp - /dev/fd/3 3<< END
$(mm1-mix ls b.tar.zst)
END
mm1-mix split -q --tenths 5 docs.tar -o e.tar.zst --held-out f.tar.zst
mm1-mix ls f.tar.zst | grep -c .
mm1-mix cat b.tar.zst f.tar.zst | mm1-mix ls | sort | uniq -d | wc -l
