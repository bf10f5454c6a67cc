# SPDX-License-Identifier: GPL-2.0-or-later
"""Every hint that has a rule stands somewhere in the sample captures or in the corpus of faults, and is absent from a
capture that has a message of the same kind: what never shows proves nothing, and what always shows says nothing."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.hints import FIELDS, frames_of, ids_with_a_rule
from support.together import Together, batches
from support.tshark import CAPTURES, capture_files

KEYS = CAPTURES / "keys" / "synthetic"
PASSWORD = (KEYS / "pwri.password").read_text(encoding="utf-8").strip()

# What only a preference of the user makes appear: (capture, options). Each hint that only these show is named.
VIEWS = {
    # Of a recipient that the capture does not introduce, only the first keys are tried.
    "challenge_type_refused": ("synthetic-challenge-type-refused", [
        text for name in ("same-name-ca", "shapes-ca")
        for text in ("-o", 'uat:scep_keys:"%s","",""' % (KEYS / (name + ".key.pem")))]),
    "body_compressed_unreadable": ("scepclient-gzip", ["-o", "http.decompress_body:FALSE"]),
    "decrypt_wrong_password": ("synthetic-recipients", ["-o", 'uat:scep_passwords:"not %s","wrong"' % PASSWORD]),
    "wcce_decryption_garbage": ("wcce-dcom-spnego-ntlm", ["-o", "ntlmssp.nt_password:Ndes-Lab-2026!"]),
}


# What is told in these depends on what their CA did before and does later; in one file with others it does more.
ALONE = ["wcce-combined-denied", "wcce-combined-no-remote", "wcce-combined-unreached", "synthetic-icpr-not-exposed"]

# Says what kind of message it is, and every capture with that kind has it.
BY_NATURE = {"wcce_request_seen", "thirdparty_validate_seen", "thirdparty_notify", "thirdparty_revocation_seen"}


def lab_keys():
    return [text for key in sorted(KEYS.glob("*.key.pem"))
            for text in ("-o", 'uat:scep_keys:"%s","","%s"' % (key, key.stem))]


def read(tshark, path, options):
    wanted = [argument for name in FIELDS for argument in ("-e", name)]
    text = tshark.read(path, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator= ", *wanted, *options,
                       two_pass=True)
    return frames_of(text.splitlines())


def with_wrong_content_key(tshark, folder):
    """A file of content keys in which one digit of each key is another."""
    capture, folder = CAPTURES / "ndes-refused.pcapng", folder / "cek"
    folder.mkdir()
    path = folder / "keys.txt"
    lines = [line for line in tshark.run("-n", "-q", "-r", capture, *lab_keys(), "-z", "scep,ceklog").splitlines()
             if line.startswith("SCEP-CEK ")]
    assert lines, "no message of the capture was opened"
    words = [line.split(" ") for line in lines]
    path.write_text("".join("%s %s %s\n" % (word, content, key[:-1] + ("0" if key[-1] != "0" else "1"))
                            for word, content, key, *_ in words), encoding="utf-8")
    return read(tshark, capture, ["-o", "scep.cek_file:%s" % path])


@pytest.fixture(scope="module")
def seen(tshark, corpus, tmp_path_factory):
    """{name: Frames}: of the corpus, of the sample captures, and of these with preferences set"""
    folder = tmp_path_factory.mktemp("every")
    found = {name: told.frames for name, told in corpus.items()}

    def samples(numbered):
        number, paths = numbered
        together = Together(paths, folder / ("together-%d.pcapng" % number))
        frames = {path.stem: [] for path in paths}
        for frame in read(tshark, together.path, [*lab_keys(), "-o", 'uat:scep_passwords:"%s","lab"' % PASSWORD]):
            frames[together.place(frame.number)[0]].append(frame)
        return frames

    def view(item):
        hint, (name, options) = item
        return {"%s for %s" % (name, hint): read(tshark, CAPTURES / (name + ".pcapng"), options)}

    def alone(name):
        return {name: read(tshark, CAPTURES / (name + ".pcapng"), lab_keys())}

    paths = [path for path in capture_files() if path.stem not in ALONE]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(samples, numbered) for numbered in enumerate(batches(paths, 2 * os.cpu_count()))]
        jobs += [pool.submit(alone, name) for name in ALONE]
        jobs += [pool.submit(view, item) for item in VIEWS.items()]
        jobs.append(pool.submit(lambda: {"ndes-refused for cek_wrong_key": with_wrong_content_key(tshark, folder)}))
        for job in jobs:
            found.update(job.result())
    return found


@pytest.fixture(scope="module")
def ids(tshark):
    found = ids_with_a_rule(tshark)
    assert len(found) > 200
    return found


@pytest.mark.xdist_group("corpus")
def test_every_hint_stands_somewhere(seen, ids):
    raised = {hint for frames in seen.values() for frame in frames for hint in frame.hints}
    assert sorted(ids - raised) == []
    assert sorted(raised - ids) == []


@pytest.mark.xdist_group("corpus")
def test_no_hint_stands_everywhere(seen, ids):
    """Absent from a capture with a message of a kind that it stands on elsewhere."""
    kinds_of, present, captures_of = {}, {}, {}
    for name, frames in seen.items():
        for frame in frames:
            present.setdefault(frame.kind, set()).add(name)
            for hint in frame.hints:
                kinds_of.setdefault(hint, set()).add(frame.kind)
                captures_of.setdefault(hint, set()).add(name)
    everywhere = [hint for hint in sorted(ids & captures_of.keys())
                  if not set.union(*(present[kind] for kind in kinds_of[hint])) - captures_of[hint]]
    assert set(everywhere) == BY_NATURE
