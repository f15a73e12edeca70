# What is installed is enough to build against, and uninstall leaves no file
# behind.  Only of an up-to-date default build, so that nothing is built here.
make -q -C "$ROOT" all > /dev/null 2>&1 || { echo 'skip: no default build'; exit 77; }
quiet_make() { make -s -C "$ROOT" "$@" DESTDIR="$PWD/root" PREFIX=/usr > log 2>&1 || cat log; }
quiet_make install
(cd root/usr && find bin -type f | sort)
[ "$(find root/usr/share/man -type f | wc -l)" = "$(ls "$ROOT"/man | wc -l)" ]
[ -s root/usr/share/mm1/tasks/garments.ini ]
(cd root/usr/include/mm1 && for h in */*.h; do echo "#include \"$h\""; done) > all.c
${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -Iroot/usr/include/mm1 -fsyntax-only all.c
quiet_make uninstall
find root -type f
