# Others read the weights of a run, and so do we.
. "$ROOT/tests/cli/mm1-pretrain/prepare"
/usr/bin/python3 -c 'import numpy' 2> /dev/null || { echo 'skip: no numpy'; exit 77; }
train --steps 2 -o run
cat > read.py << 'EOF'
import json
import sys

import numpy as np

with open(sys.argv[1], "rb") as f:
    n = int.from_bytes(f.read(8), "little")
    header = json.loads(f.read(n))
    data = f.read()
assert (8 + n) % 64 == 0
meta = header.pop("__metadata__")
assert meta["format"] == "pt" and "mm1-pretrain" in meta["stamp"]
end = 0
for name, t in header.items():
    begin, after = t["data_offsets"]
    assert begin == end and t["dtype"] == "F32", name
    x = np.frombuffer(data[begin:after], "<f4").reshape(t["shape"])
    assert np.isfinite(x).all(), name
    end = after
assert end == len(data)
for name in ("vision_tower.vision_model.embeddings.class_embedding",
             "connector.net.0.b1.conv2.conv.weight",
             "language_model.model.layers.1.mlp.down_proj.weight"):
    print(name, header[name]["shape"])
assert "language_model.lm_head.weight" not in header
EOF
/usr/bin/python3 read.py run/step-00000002/model.safetensors
mm1-generate -m run -p 'a' -n 5 > 1
mm1-generate -m run/step-00000002 -p 'a' -n 5 | cmp - 1
rm run/step-00000002/model.safetensors
mm1-generate -m run -p 'a' -n 5 || echo $?
