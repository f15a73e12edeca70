# Packages are fetched once, whole or not at all; without a network it says so.
# apt-get is ours here: it notes its calls and copies what lies in pool/.
command -v dpkg-deb > /dev/null || { echo "skip: no dpkg-deb"; exit 77; }
mkdir -p fake pool build/DEBIAN build/usr/share/thing
cat > fake/apt-get << 'X'
#!/bin/sh
for last; do :; done
case " $* " in *' update '*) echo update >> "$LOG"; exit 100 ;; esac
echo "download $last" >> "$LOG"
cp "$POOL/${last}_1.0_all.deb" . 2> /dev/null || { echo "E: cannot reach the archive"; exit 100; }
X
chmod +x fake/apt-get
export PATH="$PWD/fake:$PATH" LOG="$PWD/log" POOL="$PWD/pool"
printf 'Package: thing\nVersion: 1.0\nArchitecture: all\nMaintainer: x\nDescription: x\n' > build/DEBIAN/control
echo data > build/usr/share/thing/file
dpkg-deb -b build pool/thing_1.0_all.deb > /dev/null
fetch() { "$ROOT/scripts/fetch-data" -d data "$@" || echo "status $?"; }
fetch thing
find data | sort
cat data/thing/version data/thing/usr/share/thing/file log
fetch thing                     # nothing is called
cat log
head -c 500 pool/thing_1.0_all.deb > pool/cut_1.0_all.deb
fetch cut 2> err
cut -c 1-44 err
fetch thing gone
fetch '../thing'
fetch
mkdir -p data/half; echo old > data/half/part # as a tree that was never whole
sed -i 's/thing/half/' build/DEBIAN/control
dpkg-deb -b build pool/half_1.0_all.deb > /dev/null
fetch half
find data | sort
