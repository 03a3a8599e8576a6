# Configuration of `jupyter nbconvert --execute`: reports each cell to the runner (execute.go) as a line of JSON on
# standard output, and stops at a cell whose program failed. GoNB answers "ok" for such a cell and only adds
# "exit status 2" to its standard error, so nbconvert alone would go on.
import json
import re
import signal
import sys

ENDED_BADLY = re.compile(r"(?:^|\n)(exit status \d+|signal: [^\n]*)\n*$")


def report(**event):
    print(json.dumps(event), flush=True)


def started(cell, cell_index, **_):
    report(event="started", cell=cell_index)


def executed(cell, cell_index, execute_reply, **_):
    texts, failed = [], execute_reply["content"]["status"] == "error"
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream":
            texts.append(output["text"])
            failed = failed or (output["name"] == "stderr" and ENDED_BADLY.search(output["text"]))
        elif output["output_type"] == "error":
            texts.append("\n".join(output["traceback"] or [output["evalue"]]))
    if failed:
        report(event="failed", cell=cell_index, text="\n".join(texts))
        sys.exit(1)
    report(event="done", cell=cell_index)


# The runner ends a notebook with SIGTERM; as an exception it reaches the clean-up that stops the kernel.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

c = get_config()  # noqa: F821, defined by traitlets
c.NotebookClient.on_cell_start = started
c.NotebookClient.on_cell_executed = executed
c.NotebookClient.record_timing = False
