# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about the source tree: what lies where, which half may know what, how long a file may be."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[2]

TOP_LEVEL = {"plugin", "include", "captures", "tests", "CMakeLists.txt", "README.md", "LICENSE", "CHANGELOG.md"}
TEXT_WITH_LICENSE = {".c", ".h", ".inc", ".py", ".sh", ".cmake"}
TEXT = TEXT_WITH_LICENSE | {".md", ".txt", ".conf", ".cnf", ".json", ".yml", ""}
MAX_LINES = 600
MAX_COLUMNS = 120
MAX_FUNCTION_LINES = 60


def _project_files():
    """Every file of the project: what git knows or would take; without git all but what is built."""
    git = shutil.which("git")
    if git and (TREE / ".git").exists():
        listing = subprocess.run([git, "-c", "safe.directory=*", "-C", str(TREE), "ls-files", "-z", "--cached",
                                  "--others", "--exclude-standard"], stdout=subprocess.PIPE, check=True).stdout.decode()
        paths = [TREE / name for name in listing.split("\0") if name]
    else:
        paths = [path for path in TREE.rglob("*")
                 if not re.match(r"(build|build-[^/]*|\.git|\.cache)(/|$)|.*__pycache__", str(path.relative_to(TREE)))]
    return sorted(path for path in paths if path.is_file())


FILES = _project_files()


def _under(*folders, suffixes=(".c", ".h", ".inc")):
    return [path for path in FILES
            if path.suffix in suffixes and any(path.is_relative_to(TREE / folder) for folder in folders)]


def _name(path):
    return str(path.relative_to(TREE))


def _text(path):
    return path.read_text(encoding="utf-8")


def _code(path):
    """The C code without comments, every line in its place."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0)) if match.group(0)[0] == "/" else match.group(0)

    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"', blank, _text(path), flags=re.DOTALL)


def _matches(paths, pattern, read=_text):
    """@return "file:line: text" of every line that matches"""
    found = []
    for path in paths:
        for number, line in enumerate(read(path).splitlines(), 1):
            if re.search(pattern, line):
                found.append("%s:%d: %s" % (_name(path), number, line.strip()))
    return found


def _none(found):
    """Nothing was found; else what was, a line each."""
    assert not found, "\n" + "\n".join(found)


CORE = _under("plugin/core", "plugin/catalogue", "include")
PLUGIN = _under("plugin/wireshark")
SCRIPTS = [path for path in FILES if path.suffix in (".py", ".sh") or path.parts[-2:] == (".ci", "run")]


def test_both_halves_are_there():
    """What the rules below look at exists: none of them holds for want of a file."""
    assert [path for path in CORE if path.suffix == ".c"]
    assert [path for path in CORE if path.is_relative_to(TREE / "include")]
    assert [path for path in PLUGIN if path.suffix == ".c"]


def test_core_includes_no_wireshark_header():
    _none(_matches(CORE, r'#\s*include\s*[<"](epan|wsutil|wiretap|wireshark|ws_|config\.h|ui/)'))


def test_core_names_no_wireshark_type():
    names = (r"\b(tvbuff_t|tvb_\w+|packet_info|pinfo|proto_(tree|item|register)\w*|proto_tree|dissector_\w+|wmem_\w+|"
             r"epan_\w+|header_field_info|hf_register_info|expert_field|ei_register_info|WS_DLL\w*|"
             r"ENC_(NA|BIG|LITTLE)\w*)\b")
    _none(_matches(CORE, names, _code))


def test_core_does_not_print_or_end_the_process():
    """The host is somebody's Wireshark: an error is a value, never a line on stderr or an abort."""
    calls = (r"\b(printf|fprintf|vprintf|vfprintf|puts|fputs|putchar|perror|abort|exit|_exit|assert|g_error|"
             r"g_assert\w*|g_critical|g_warning|g_message|g_print|g_printerr|ERR_print_errors\w*)\s*\(")
    _none(_matches(CORE, calls, _code))


@pytest.mark.parametrize("header", sorted((TREE / "include").rglob("*.h")), ids=lambda path: path.name)
def test_public_header_stands_alone(header):
    """It compiles on its own with GLib and OpenSSL, and without Wireshark's headers."""
    flags = subprocess.run(["pkg-config", "--cflags", "glib-2.0", "libcrypto"], stdout=subprocess.PIPE, check=True,
                           encoding="ascii").stdout.split()
    process = subprocess.run(["gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                              "-I", TREE / "include", "-I", TREE / "plugin", *flags, "-x", "c", "-"],
                             stderr=subprocess.PIPE, encoding="utf-8", check=False,
                             input='#include "%s"\n' % header.relative_to(TREE / "include"))
    assert process.returncode == 0, process.stderr


def test_wireshark_versions_are_known_in_one_place():
    others = [path for path in CORE + PLUGIN if _name(path) != "plugin/wireshark/ws_compat.h"]
    _none(_matches(others, r"\bWIRESHARK_VERSION|#\s*include\s*[<\"]ws_version\.h"))


def test_every_source_names_its_license():
    sources = [path for path in FILES if path.suffix in TEXT_WITH_LICENSE or path.name == "CMakeLists.txt"] + SCRIPTS
    missing = [_name(path) for path in sources
               if "SPDX-License-Identifier: GPL-2.0-or-later" not in "\n".join(_text(path).splitlines()[:20])]
    _none(missing)


def test_the_license_is_there():
    assert "GNU GENERAL PUBLIC LICENSE" in _text(TREE / "LICENSE")
    assert "Version 2, June 1991" in _text(TREE / "LICENSE")


def test_nothing_depends_on_one_machine():
    paths = [path for path in FILES if path.suffix in TEXT]
    machine = r"(?<![\w.~}])/(work|root|home/\w+|Users|tmp/\w+|mnt/\w+)(/|\b)"
    archive = (r"\b(deb|snapshot|security|ftp)\.debian\.org\b|\bpypi\.(org|python)\b|\bregistry\.npmjs\b|"
               r"\bproxy\.golang\b")
    _none(_matches(paths, machine))
    _none(_matches(paths, archive))


def test_nothing_is_left_open():
    paths = [path for path in FILES if path.suffix in TEXT and path.name != "LICENSE"]
    _none(_matches(paths, r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"))


def test_top_level_holds_what_it_should():
    entries = {path.relative_to(TREE).parts[0] for path in FILES}
    _none(sorted(name for name in entries - TOP_LEVEL if not name.startswith(".")))


def test_files_are_short():
    paths = [path for path in FILES
             if path.suffix in (".c", ".h") and not path.is_relative_to(TREE / "plugin/catalogue")]
    lengths = {path: len(_text(path).splitlines()) for path in paths}
    _none(["%s: %d lines" % (_name(path), lines) for path, lines in lengths.items()
           if lines >= MAX_LINES])


def test_functions_are_short():
    """From the brace that opens a function to the one that closes it; both stand at the start of a line."""
    found = []
    for path in [path for path in FILES if path.suffix == ".c" and not path.is_relative_to(TREE / "plugin/catalogue")]:
        start = None
        for number, line in enumerate(_code(path).splitlines(), 1):
            if line.startswith("{"):
                start = number
            elif line.startswith("}") and start:
                if number - start > MAX_FUNCTION_LINES:
                    found.append("%s:%d: %d lines" % (_name(path), start, number - start))
                start = None
    _none(found)


def test_text_is_tidy():
    """As .editorconfig says: no tabs in code, nothing after the last word of a line, a newline at the end."""
    sources = _under("plugin", "include", "tests") + SCRIPTS
    _none(_matches(sources, r"\t|[ \t]$"))
    _none([_name(path) for path in sources if not _text(path).endswith("\n")])


def test_lines_are_short():
    sources = _under("plugin", "include", "tests", "captures", suffixes=(".c", ".h", ".inc", ".py")) + SCRIPTS
    _none(_matches(sources, r"^.{%d,}$" % (MAX_COLUMNS + 1)))


def test_code_is_formatted():
    """As .clang-format says; tables that read better by hand are marked there."""
    sources = [str(path) for path in _under("plugin", "include", "tests", suffixes=(".c", ".h"))]
    run = subprocess.run(["clang-format", "--dry-run", "-Werror", *sources], capture_output=True, text=True, cwd=TREE)
    _none(sorted(set(re.findall(r"^(\S+?:\d+):\d+: error", run.stderr, re.M))))
    assert run.returncode == 0, run.stderr


def test_what_is_given_away_is_named_new():
    """What a caller must free comes from a function with _new in its name; what it lends is const."""
    headers = [path for path in _under("include", "plugin/core") if path.suffix == ".h"]
    _none(_matches(headers, r"^(char|GString|GBytes|GArray|GPtrArray|EVP_PKEY) \*scep_(?!\w*_new(_|\())\w+\(", _code))
