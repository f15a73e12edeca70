# One picture's pixels, to compare with another program
pictures=$ROOT/tests/golden/image
mm1-encode-image --dump decoded "$pictures/rgb.png" -o whole.npy
head -c 10 whole.npy | od -An -c
tail -c 882 whole.npy | gzip -1 | tail -c 8 | od -An -tx4 -N4
mm1-encode-image --dump fitted --size 5 --fit pad --filter bilinear - < "$pictures/420.jpg" | wc -c
mm1-encode-image --dump decoded "$pictures/rgb.png" -o whole.png
mm1-encode-image --dump decoded whole.png | cmp - whole.npy
