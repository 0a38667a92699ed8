"""A little of everything that dashboards show, sent to real nodes: owners and their devices, a rival, sprayers, CAPTCHAs,
recoveries, mail clients, a second tenant."""

import random
import subprocess
import sys
import threading
import time

import grpc

import sources


def stubs(folder):
    """The contract's Python modules, generated into a folder of their own."""
    out = folder / "stubs"
    out.mkdir()
    protos = sorted(str(path.relative_to(sources.ROOT / "proto")) for path in (sources.ROOT / "proto" / "latchkey" / "v1").glob("*.proto"))
    subprocess.run(["protoc", "-I", str(sources.ROOT / "proto"), "-I", "/usr/include", f"--python_out={out}", *protos], check=True)
    sys.path.insert(0, str(out))
    from latchkey.v1 import common_pb2, guard_pb2, owner_pb2  # pylint: disable=import-outside-toplevel,import-error
    return common_pb2, guard_pb2, owner_pb2


class Load:
    """Four callers, each with its own accounts, at some hundred calls a second."""

    CALLERS = 4
    PAUSE = 0.004

    def __init__(self, nodes, folder):
        self.words, self.messages, self.owner = stubs(folder)
        self.channels = [grpc.insecure_channel(node) for node in nodes]
        self.calls, self.failed, self.refused = 0, [], 0
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(n,), daemon=True) for n in range(self.CALLERS)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def problems(self):
        """What should not have happened: calls that were not answered at all, or an attack that nobody refused."""
        found = [f"a call failed: {why}" for why in self.failed[:3]]
        return found + ([] if self.refused else ["nothing was refused"])

    def call(self, rng, method, request, response):
        channel = rng.choice(self.channels)
        stub = channel.unary_unary(f"/latchkey.v1.LoginGuardService/{method}", request_serializer=type(request).SerializeToString,
                                   response_deserializer=response.FromString)
        self.calls += 1
        return stub(request, timeout=5, wait_for_ready=True)

    def attempt(self, rng, account, source, outcome, **fields):
        """Assess, and a Report if it was let through; both answers."""
        request = self.messages.AssessRequest(account=account, source=source, **fields)
        answer = self.call(rng, "Assess", request, self.messages.AssessResponse)
        if answer.action != self.words.ACTION_ALLOW:
            self.refused += 1
            return answer, None
        report = self.messages.ReportRequest(attempt_token=answer.attempt_token, outcome=outcome, device_name="laptop")
        return answer, self.call(rng, "Report", report, self.messages.ReportResponse)

    def run(self, number):
        rng = random.Random(number)
        devices = {}
        stories = [self.owner_logs_in, self.owner_logs_in, self.owner_logs_in, self.owner_mistypes, self.mail_client, self.sprayer,
                   self.rival, self.botnet, self.solver, self.recovers, self.thief, self.other_tenant]
        while not self.stopping.is_set():
            try:
                rng.choice(stories)(rng, number, devices)
            except grpc.RpcError as error:
                # What is said of an outcome while the store is gone.
                if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                    self.failed.append(f"{error.code()}: {error.details()}")
            time.sleep(self.PAUSE)

    def owner_logs_in(self, rng, number, devices):
        account = f"owner-{number}-{rng.randrange(40)}"
        _, report = self.attempt(rng, account, f"192.0.2.{rng.randrange(1, 200)}", self.words.OUTCOME_LOGIN_COMPLETE,
                                 device_token=devices.get(account, ""))
        if report is not None and report.device_token:
            devices[account] = report.device_token

    def owner_mistypes(self, rng, number, devices):
        account = f"owner-{number}-{rng.randrange(40)}"
        token = devices.get(account, "")
        self.attempt(rng, account, "192.0.2.7", self.words.OUTCOME_WRONG, device_token=token)
        self.attempt(rng, account, "192.0.2.7", self.words.OUTCOME_RIGHT, device_token=token)
        self.attempt(rng, account, "192.0.2.7", self.words.OUTCOME_WRONG_SECOND_FACTOR, device_token=token)

    def mail_client(self, rng, number, _devices):
        self.attempt(rng, f"mailbox-{number}-{rng.randrange(10)}", f"192.0.2.{200 + number}", self.words.OUTCOME_LOGIN_COMPLETE,
                     path="imap")

    def sprayer(self, rng, _number, _devices):
        self.attempt(rng, f"common-{rng.randrange(2000)}", f"203.0.113.{rng.randrange(4)}", self.words.OUTCOME_UNKNOWN_ACCOUNT,
                     asn=64501)

    def rival(self, rng, _number, _devices):
        for _ in range(3):
            self.attempt(rng, f"bidder-{rng.randrange(3)}", "198.51.100.66", self.words.OUTCOME_WRONG, asn=64502, path="api")

    def botnet(self, rng, _number, _devices):
        source = f"198.18.{rng.randrange(256)}.{rng.randrange(1, 255)}"
        self.attempt(rng, f"victim-{rng.randrange(5)}", source, self.words.OUTCOME_WRONG, asn=64510 + rng.randrange(20))

    def solver(self, rng, _number, _devices):
        """A person whose account is attacked, and who solves a CAPTCHA."""
        captcha = self.words.CHALLENGE_KIND_CAPTCHA
        account = f"victim-{rng.randrange(5)}"
        answer, _ = self.attempt(rng, account, "192.0.2.99", self.words.OUTCOME_RIGHT, challenge_kinds=[captcha])
        if answer.challenge.challenge_id:
            proof = self.messages.ChallengeProof(challenge_id=answer.challenge.challenge_id,
                                                 attestation=self.messages.Attestation(kind=captcha))
            self.attempt(rng, account, "192.0.2.99", self.words.OUTCOME_WRONG, challenge_kinds=[captcha], challenge_proof=proof)

    def recovers(self, rng, number, _devices):
        account = f"locked-{number}-{rng.randrange(100)}"
        request = self.owner.ConfirmOwnerRequest(account=account, source="192.0.2.50",
                                                 method=self.owner.ConfirmOwnerRequest.METHOD_MAIL_LINK)
        try:
            confirmed = self.call(rng, "ConfirmOwner", request, self.owner.ConfirmOwnerResponse)
        except grpc.RpcError:
            return  # not while the store is gone, and not more often than the policy grants
        self.attempt(rng, account, "192.0.2.51", self.words.OUTCOME_LOGIN_COMPLETE, recovery_token=confirmed.recovery_token)

    def thief(self, rng, number, devices):
        """Guesses with a stolen token until the device's own budget is spent."""
        account = f"owner-{number}-0"
        self.attempt(rng, account, "203.0.113.200", self.words.OUTCOME_WRONG, device_token=devices.get(account, ""))

    def other_tenant(self, rng, number, _devices):
        self.attempt(rng, f"owner-{number}", "192.0.2.77", self.words.OUTCOME_LOGIN_COMPLETE, tenant="outlet")
