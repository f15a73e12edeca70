# A model of which a file is missing, empty, foreign or cut: whoever takes a
# model names the file and begins nothing
. "$CASES/lib"
sh "$CASES/inputs"
head -c 3000 "$BIN/mm1-mix" > garbage
rm model/MANIFEST model/optimizer.safetensors # no checkpoint but a model

takes() { # file statuses command...
    file=$1 want=$2
    shift 2
    row=$* status=0
    "$@" > out 2> err < /dev/null || status=$?
    case " $want " in *" $status "*) ;; *) wrong "$what: status $status" ;; esac
    [ "$(wc -l < err)" = 1 ] || wrong "$what: not one line"
    grep -q "^$1: .*$file" err || wrong "$what: $file is not named"
    [ ! -s out ] || wrong "$what: writes something"
    nothing_lost
}

all_take() { # file statuses: each program with the damaged model
    takes "$@" mm1-generate -q -m model -p what
    takes "$@" mm1-eval run -q -m model -t captions --data docs.tar.zst -o PREDICTIONS
    # training needs no tokenizer; without one there is a warning
    [ "$what" = 'tokenizer.json missing' ] ||
        takes "$@" mm1-sft -q -b 2 --steps 1 -m model packed.tar.zst -o RUN
    # only the weights are taken from there
    [ "$1" != model.safetensors ] ||
        takes "$@" mm1-pretrain -q -c model.ini --init-lm model packed.tar.zst -o RUN
}

out=''
for f in config.json model.safetensors tokenizer.json; do
    mv model/$f kept
    what="$f missing"; all_take $f 66
    : > model/$f; what="$f empty"; all_take $f 65
    cp garbage model/$f; what="$f garbage"; all_take $f 65
    head -c $(($(wc -c < kept) / 2)) kept > model/$f; what="$f cut"; all_take $f 65
    mv kept model/$f
done

# Whole, but not of this model
what='the tokenizer of another model'
mv model/tokenizer.json kept
mm1-tokenize train -q --vocab-size 300 --min-frequency 1 text -o model/tokenizer.json
all_take tokenizer 78
mv kept model/tokenizer.json
what='another shape'
sed 's/"hidden_size": *16/"hidden_size": 32/' model/config.json > changed
cmp -s changed model/config.json && echo 'nothing is changed'
mv model/config.json kept
mv changed model/config.json
all_take '' '65 78'
mv kept model/config.json
what='no model'
takes docs '65 66' mm1-generate -q -m docs -p what
takes text '65 66' mm1-generate -q -m text -p what
takes nothing 66 mm1-generate -q -m nothing -p what
what='a longer prompt than the context'
takes 'only 64 fit' '65 78' mm1-generate -q -m model -p "$(yes 'a long prompt' | head -n 99 | tr '\n' ' ')"
what='pictures for more than the context'
pictures=$(yes -- '--image picture.png' | head -n 30)
# shellcheck disable=SC2086
takes 'only 64 fit' '65 78' mm1-generate -q -m model -p what $pictures
