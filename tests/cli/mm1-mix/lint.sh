# Samples that are whole but wrong.
status() { "$@" || echo "status $?"; }
mkdir d; cd d
echo '{"texts":["  "],"images":[null]}' > blank.json
echo '{"texts":["x",null],"images":[null,"0.png"]}' > lost.json
echo '{"texts":["x",null],"images":[null,"0.png"]}' > junk.json
echo junk > junk.0.png
echo '{"texts":["x"],"images":["y"]}' > both.json
echo '{"texts":["x"],' > broken.json
echo '{"texts":["x"],"images":[null]}' > good.json
echo x > nothing.txt
tar --sort=name -cf ../d.tar -- *
tar -rf ../d.tar good.json
cd ..
status mm1-mix lint d.tar
