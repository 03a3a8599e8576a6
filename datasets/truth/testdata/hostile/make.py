"""Writes bzip2-compressed pickles of a few bytes that ask for gigabytes."""
import bz2
from pathlib import Path

run = (b"}(S'epochs'\nM\x10'S'params'\nK\x01S'flop'\nK\x01S'latency'\n]S'train_acc1es'\n}S'train_losses'\n}"
       b"S'eval_acc1es'\n}S'eval_losses'\n}uq\x00")  # 10,000 epochs
many = b"".join(b"(S'a'\nM" + i.to_bytes(2, "little") + b"th\x00" for i in range(1, 2000))
for name, pickle in {
    "dicts": b"}" * 60_000_000,
    "marks": b"(" * 20_000_000,
    "digits": b"L" + b"7" * 8_000_000 + b"L\n.",
    "runs": b"}S'12'\n}(S'arch_index'\nK\x00S'arch_str'\nS'a'\nS'all_results'\n}((S'a'\nK\x00t" + run + many + b"uus.",
}.items():
    Path(__file__).with_name(name + ".bz2").write_bytes(bz2.compress(pickle))
