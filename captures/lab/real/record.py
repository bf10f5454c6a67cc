# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the recordings named on the command line, or all. Started by record.sh inside its namespaces."""
import argparse
import sys
import traceback

import cases_clients
import cases_failures
import cases_http
import cases_tls
import lab
import recording

CASES = {}
for module in (cases_clients, cases_tls, cases_http, cases_failures):
    CASES.update(module.CASES)


ATTEMPTS = 4


def record(name, tmp):
    """Runs one case, again where the host disturbed it. @return size of the capture."""
    for attempt in range(1, ATTEMPTS):
        try:
            return record_once(name, tmp)
        except lab.Disturbed as disturbed:
            print("%s: attempt %d: %s" % (name, attempt, disturbed), file=sys.stderr)
    return record_once(name, tmp)


def record_once(name, tmp):
    """Runs one case with a fresh lab. @return size of the capture."""
    about, case = CASES[name]
    running = lab.Lab(tmp)
    made = recording.Recording(running, name, about)
    try:
        case(running, made)
        return made.write()
    finally:
        lab.set_mtu(lab.ETHERNET_MTU)
        lab.set_slow(False)
        running.stop_all()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true", help="print the names and end")
    parser.add_argument("--tmp", help="directory for everything temporary; record.sh gives it")
    parser.add_argument("names", nargs="*")
    chosen = parser.parse_args()
    if chosen.list:
        for name, (about, _) in CASES.items():
            print("%-32s %s" % (name, about))
        return 0
    unknown = [name for name in chosen.names if name not in CASES]
    if unknown or not chosen.tmp:
        parser.error("unknown: %s" % ", ".join(unknown) if unknown else "start it through record.sh")
    lab.set_up_network()
    failed = []
    for name in chosen.names or CASES:
        try:
            print("%-32s %6d bytes" % (name, record(name, chosen.tmp)), flush=True)
        except Exception:       # the others are still worth recording; the exit status tells
            traceback.print_exc()
            failed.append(name)
    if failed:
        print("not recorded: %s" % ", ".join(failed), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
