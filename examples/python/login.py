#!/usr/bin/python3
"""A login that asks Latchkey: Assess before the password check, Report after it.

    login.py ACCOUNT PASSWORD ADDRESS [COOKIE]     against LATCHKEY_SERVER, or 127.0.0.1:7450

Wants Debian's python3-grpcio and python3-protobuf, and the stubs that protoc generates (README.md beside this says how).
Between the two marks is what the README in the root shows; a test holds them equal.
"""

import os
import sys

import grpc

from latchkey.v1 import common_pb2 as words
from latchkey.v1 import guard_pb2 as messages
from latchkey.v1 import guard_pb2_grpc


def password_is_right(account, password):
    """What an auth service has: here one account."""
    return (account, password) == ("alice", "correct horse battery staple")


# README begins
def log_in(guard, account, password, address, cookie=""):
    """Answers the cookie for this browser to keep; raises what to tell the person when the login is refused."""
    attempt = messages.AssessRequest(account=account, source=address, device_token=cookie)
    answer = guard.Assess(attempt, timeout=0.2)  # an RpcError means: not decided, nothing counted
    if answer.action != words.ACTION_ALLOW:
        raise PermissionError(f"try again in {answer.retry_after.ToTimedelta()}, or by mail")

    right = password_is_right(account, password)
    outcome = words.OUTCOME_LOGIN_COMPLETE if right else words.OUTCOME_WRONG
    kept = guard.Report(messages.ReportRequest(attempt_token=answer.attempt_token, outcome=outcome), timeout=0.2)
    if not right:
        raise PermissionError("wrong name or password")
    return kept.device_token
# README ends


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    with grpc.insecure_channel(os.environ.get("LATCHKEY_SERVER", "127.0.0.1:7450")) as channel:
        try:
            print("welcome; cookie:", log_in(guard_pb2_grpc.LoginGuardServiceStub(channel), *sys.argv[1:5]))
        except PermissionError as refused:
            sys.exit(str(refused))
        except grpc.RpcError as unreached:  # a real one refuses politely here, or lets some in
            sys.exit(f"Latchkey cannot be asked: {unreached.details()}")


if __name__ == "__main__":
    main()
