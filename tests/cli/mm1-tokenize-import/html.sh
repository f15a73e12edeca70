# Pages to interleaved documents: what is content, and which pictures stay
p=$ROOT/tests/golden/image
show() { zstd -qdc "$1" | tar x --to-command='printf "%s " "$TAR_FILENAME"; cat; echo' | grep -a '^[^_].*json {'; }
import() { mm1-tokenize import --min-side 10 --max-side 40 "$@" -o out.tar.zst && show out.tar.zst; }
mkdir -p in/sub in/img
cp "$p/rgb.png" in/img/a.png
cp "$p/la.png" "in/img/b c.png"
cp "$p/grey.png" in/img/my-icon.png
cp "$p/flat.jpg" in/img/big.jpg
echo GIF89a > in/img/x.png
cp "$p/grey.png" secret.png
cat > in/one.html << 'X'
<!DOCTYPE html><html><head><title> One  &amp;
 only</title><style>p { x }</style><script>if (a < b) document.write("<p>no</p>")</script></head>
<body><div class="x NavHeader"><a href=x>Next</a><img src="img/a.png"></div>
<header><img src=img/a.png>site</header><nav>menu<nav>inner</nav></nav>
<article><header><h1>Title&nbsp;here</h1></header>
<p>First para<b>graph</b> with a
   line. <!-- <img src="img/a.png"> --> Then <img src="./img/../img/a.png?v=2" alt="a  red fish"/> inline
<p>Second: <img src="img/my-icon.png" alt="an icon here"> an icon,
<img src='/img/b%20c.png' alt='Figure two'><div class=caption>Figure two</div>
<img src=img/a.png alt="again it is"><img src="http://far/away.png"><img src="../secret.png"><img src="img/none.png">
<img src=img/x.png><img src=img/big.jpg><img alt="no source">
<ul><li>one<li>two</ul><table><tr><td>1<td>2<tr><td>3</table><pre>
int  x;
  y;
</pre>5 < 6 &lt; 7 &copy &#x41;&#0;&notanentity; &amp;copy=
<noscript>no</noscript><select><option>no</select><footer>no</footer></article>
X
printf '<html><body><p>caf\351 <img src="../img/a.png"> end' > in/sub/latin.html
echo '<p>No picture here.</p>' > in/sub/none.html
echo '<p><img src="../img/a.png">' > in/sub/notext.html
import in
import --dup-limit 1 in
import --no-alt --min-images 0 --ban far in/sub
import --max-images 1 in | cut -c 1-40
# another root: pages may only show what is below it
import --root in in/sub/latin.html in/sub/none.html
import - < in/sub/latin.html || echo "status $?"
