#!/usr/bin/python3
"""Writes an authentication log as sshd and syslog of a Linux machine do, from a seed: the same seed and the same
options give the same bytes.

In it: people who log in from where they always do, with honest typing errors; attackers that spray common names
from a few addresses; a botnet that tries one account from many; bruteforce on root; and all the other lines that
such a log is full of (PAM, cron, closed connections, folded repetitions). No name or address is a real one:
addresses are of the documentation and benchmark ranges.
"""

import argparse
import datetime
import random

PEOPLE = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "mallory", "niaj",
          "olivia", "peggy", "rupert", "sybil", "trent", "victor", "walter", "wendy"]
COMMON_NAMES = ["admin", "test", "oracle", "ubuntu", "postgres", "user", "guest", "pi", "git", "ftp", "deploy",
                "jenkins", "hadoop", "minecraft", "ansible", "support", "nagios", "www", "backup", "steam"]
SPRAYERS = ["203.0.113.66", "203.0.113.67", "198.51.100.23", "198.51.100.99"]
VICTIM = "alice"


class Log:
    """Lines with their times, written in order at the end."""

    def __init__(self, rng, host, style):
        self.rng, self.host, self.style, self.lines = rng, host, style, []

    def add(self, when, program, message):
        self.lines.append((when, len(self.lines), program, message))

    def sshd(self, when, message):
        self.add(when, f"sshd[{self.rng.randrange(1000, 60000)}]", message)

    def stamp(self, when):
        if self.style == "rfc3339":
            return when.isoformat(timespec="microseconds")
        return f"{when:%b} {when.day:2d} {when:%H:%M:%S}"

    def text(self):
        for when, _, program, message in sorted(self.lines):
            yield f"{self.stamp(when)} {self.host} {program}: {message}"


def failed(log, when, name, address, known, repeats=1):
    """A wrong password, with what PAM and sshd say around it."""
    port = log.rng.randrange(1024, 65536)
    who = name if known else f"invalid user {name}"
    if not known:
        log.sshd(when, f"Invalid user {name} from {address} port {port}")
    log.sshd(when, "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
                   f"rhost={address} " + (f" user={name}" if known else ""))
    later = when + datetime.timedelta(seconds=2)
    message = f"Failed password for {who} from {address} port {port} ssh2"
    log.sshd(later, message)
    if repeats > 1:
        log.sshd(later + datetime.timedelta(seconds=4), f"message repeated {repeats} times: [ {message}]")
    if repeats > 4:
        log.sshd(later + datetime.timedelta(seconds=5),
                 f"error: maximum authentication attempts exceeded for {who} from {address} port {port} ssh2 [preauth]")
    elif log.rng.random() < 0.5:
        kind = "authenticating" if known else "invalid"
        log.sshd(later + datetime.timedelta(seconds=5),
                 f"Connection closed by {kind} user {name} {address} port {port} [preauth]")


def accepted(log, when, name, address, method):
    port = log.rng.randrange(1024, 65536)
    key = ": ED25519 SHA256:" + "".join(log.rng.choices("ABCDEFabcdef0123456789+/", k=43)) if method == "publickey" else ""
    log.sshd(when, f"Accepted {method} for {name} from {address} port {port} ssh2{key}")
    log.sshd(when, f"pam_unix(sshd:session): session opened for user {name}(uid={1000 + len(name)}) by (uid=0)")
    log.sshd(when + datetime.timedelta(minutes=log.rng.randrange(1, 200)),
             f"Disconnected from user {name} {address} port {port}")


def honest(log, start, seconds, logins):
    """Everybody from home and from work; one login in twenty-five begins with a typing error."""
    homes = {name: [f"198.18.{i}.{10 + i}", "192.0.2.10"] for i, name in enumerate(PEOPLE)}
    for _ in range(logins):
        name = log.rng.choice(PEOPLE)
        when = start + datetime.timedelta(seconds=log.rng.uniform(0, seconds))
        address = log.rng.choice(homes[name])
        if log.rng.random() < 0.04:
            failed(log, when, name, address, known=True)
            when += datetime.timedelta(seconds=15)
        accepted(log, when, name, address, "publickey" if log.rng.random() < 0.4 else "password")


def spray(log, start, seconds, guesses):
    for _ in range(guesses):
        when = start + datetime.timedelta(seconds=log.rng.uniform(0, seconds))
        failed(log, when, log.rng.choice(COMMON_NAMES), log.rng.choice(SPRAYERS), known=False)


def bruteforce(log, start, seconds, bursts):
    for _ in range(bursts):
        when = start + datetime.timedelta(seconds=log.rng.uniform(0, seconds))
        failed(log, when, "root", SPRAYERS[0], known=True, repeats=log.rng.choice([2, 3, 5]))


def botnet(log, start, seconds, guesses):
    """One account, from some two hundred addresses, within a quarter of the time."""
    bots = [f"198.19.{log.rng.randrange(256)}.{log.rng.randrange(1, 255)}" for _ in range(200)]
    for _ in range(guesses):
        when = start + datetime.timedelta(seconds=seconds / 2 + log.rng.uniform(0, seconds / 4))
        failed(log, when, VICTIM, log.rng.choice(bots), known=True)


def noise(log, start, seconds, lines):
    for _ in range(lines):
        when = start + datetime.timedelta(seconds=log.rng.uniform(0, seconds))
        log.add(when, f"CRON[{log.rng.randrange(1000, 60000)}]",
                "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--start", type=datetime.datetime.fromisoformat, help="first time, with its zone [a day ago]")
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--scale", type=float, default=1, help="1 makes some 6,000 lines")
    parser.add_argument("--style", choices=("classic", "rfc3339"), default="classic")
    parser.add_argument("--host", default="shop-7")
    options = parser.parse_args()
    now = datetime.datetime.now(datetime.timezone.utc)
    start = options.start or now - datetime.timedelta(hours=options.hours, minutes=5)
    log, seconds, scale = Log(random.Random(options.seed), options.host, options.style), options.hours * 3600, options.scale
    honest(log, start, seconds, int(400 * scale))
    spray(log, start, seconds, int(600 * scale))
    bruteforce(log, start, seconds, int(60 * scale))
    botnet(log, start, seconds, int(500 * scale))
    noise(log, start, seconds, int(300 * scale))
    print("\n".join(log.text()))


if __name__ == "__main__":
    main()
