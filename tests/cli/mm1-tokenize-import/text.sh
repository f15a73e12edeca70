# Plain text by file, group and line; gzip; WordNet's and gcide's lines
show() { zstd -qdc "$1" | tar x --to-command='printf "%s " "$TAR_FILENAME"; cat; echo' | grep -v '^__'; }
import() { mm1-tokenize import "$@" -o out.tar.zst && show out.tar.zst; }
mkdir -p in/sub
printf '\357\273\277first line\r\nsecond\r\n\r\n\r\nthird \n' > in/a.b.txt
printf 'deep\n' | gzip > in/sub/c.txt.gz
printf 'not taken\n' > in/picture.bin
printf 'hidden\n' > in/.hidden.txt
import in
import --split blank in
import --split line in/a.b.txt in/sub/c.txt.gz in/a.b.txt
(gzip < in/a.b.txt; printf 'fourth\n' | gzip; head -c 100 /dev/zero) > two.dz
import --split blank two.dz
import - < two.dz
cat > data.noun << 'X'
  1 This line is the licence  
00001740 03 n 01 entity 0 003 ~ 00001930 n 0000 | that which is perceived; "it | is"  
00002137 00 a 02 raw_material(p) 0 x 0 001 ~ 00692347 v 0101 | of  the ground  
X
import --format wordnet --from text data.noun
cat > gcide.dict << 'X'
A{bacus}
   [L., a table.]
   1. A table. [1913 Webster]

[PJC] Two [WordNet 1.5]
X
import --format gcide --split blank gcide.dict
