# A reader that goes away ends the program silently, as SIGPIPE does.
for i in 0 1 2 3; do head -c 1000000 /dev/urandom > big$i.txt; done
tar cf big.tar big*.txt
{ mm1-mix cat big.tar big.tar || echo $? >&2; } | head -c 10 > /dev/null
{ yes | mm1-mix ls - || echo $? >&2; } | head -c 10
