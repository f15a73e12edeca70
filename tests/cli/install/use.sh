# What is installed works where it is, programs of others compile and link
# against the library by pkg-config, and make uninstall leaves nothing.
[ "$BIN" = "$ROOT/bin" ] || { echo 'skip: the plain build is installed'; exit 77; }
# all: what was built for this test is installed, nothing is built again
make_() { make -s -C "$ROOT" -o all "$@" > log 2>&1 || { cat log; exit 1; }; }

make_ install DESTDIR="$PWD/dest" PREFIX=/usr
dest=$PWD/dest/usr
ls dest/usr dest/usr/bin dest/usr/lib dest/usr/share
[ "$(find "$dest/share/man" -name 'mm1*' | wc -l)" = "$(ls "$ROOT"/man/*.[1-9] | wc -l)" ] ||
    echo 'not all manual pages'
"$dest/bin/mm1-eval" list | cut -d ' ' -f 1
echo 'a text' | "$dest/bin/mm1-tokenize" train -q --vocab-size 264 - | wc -l
make_ uninstall DESTDIR="$PWD/dest" PREFIX=/usr
find dest -type f

cat > own.c <<'END'
#include <stdio.h>

#include "base/hash.h"
#include "base/stamp.h"
#include "data/shard.h"
#include "model/config.h"
#include "tensor/graph.h"

int main(int argc, char **argv)
{
    struct mm_err err;
    struct mm_shard *s = mm_shard_open(argc > 1 ? argv[1] : "-", &err);

    if (!s) {
        fputs(err.msg, stderr);
        return (int)err.code;
    }
    printf("%s of version %s\n", mm_shard_header(s)->kind, mm_version());
    mm_shard_close(s);
    return 0;
}
END
make_ install PREFIX="$PWD/usr"
export PKG_CONFIG_PATH="$PWD/usr/lib/pkgconfig"
# shellcheck disable=SC2046
cc -std=c11 -Wall -o own own.c $(pkg-config --cflags mm1) $(pkg-config --static --libs mm1)
sh "$ROOT/tests/cli/mm1-mix/make-docs" 1 1
mm1-mix cat docs.tar | ./own - | sed "s/$(cat "$ROOT/VERSION")/VERSION/"
pkg-config --modversion mm1 | cmp - "$ROOT/VERSION"
make_ uninstall PREFIX="$PWD/usr"
find usr -type f
