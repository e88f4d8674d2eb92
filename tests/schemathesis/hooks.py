"""Gives generated requests something to find: three of four name what exists, and all are counted.

Loaded by Schemathesis; `check.py` sets the environment.
"""

import atexit
import itertools
import json
import os
from collections import Counter
from pathlib import Path

import schemathesis
from schemathesis.core import NotSet
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.parameters import ParameterLocation

from target import Target, permission_key, role_key, role_set_fields

# Every so many requests one keeps its generated ids, which nothing has.
UNCHANGED = 4

# What makes a role set, or gets one of its own.
OF_ROLE_SETS = ("CreateRoleSet", "UpdateRoleSet", "ReplaceRoleInRoleSet")

target = Target(os.environ["TARGET_URL"], os.environ["TARGET_SECRET_KEY"])
lasting = target.membership()
lasting["organization_role_id"] = target.role()
lasting["permission_id"] = target.permission()
lasting["role_set_key_or_id"] = "role_set:default"
lasting["session_id"] = target.session(lasting["user_id"])
turns = itertools.count()
answers: Counter[tuple[str, int]] = Counter()


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict) -> None:
    """Puts ids of existing things into the path, and what nothing has yet into bodies."""
    if next(turns) % UNCHANGED == 0:
        return
    if is_valid(case, ParameterLocation.PATH):
        made = own(case)
        existing = lasting | made
        # Several cases may share the generated ones.
        names = case.path_parameters.keys() & existing.keys()
        case.path_parameters = {**case.path_parameters, **{name: existing[name] for name in names}}
    if is_valid(case, ParameterLocation.BODY):
        if operation_id(case) == "CreateOrganizationMembership":
            case.body.update(user_id=target.user(), role="org:member")
        if operation_id(case) == "UpdateOrganizationMembership":
            case.body.update(role="org:member")
        if operation_id(case) == "UpdateSession":
            case.body.update(active_organization_id=lasting["organization_id"])
        if operation_id(case) == "VerifySession":
            case.body.update(token=target.token(lasting["session_id"]))
        if operation_id(case) == "CreateOrganizationRole":
            case.body.update(name="Editor", key=role_key(), permissions=[])
        if operation_id(case) in ("CreateOrganizationPermission", "UpdateOrganizationPermission"):
            case.body.update(name="Edit", key=permission_key())
        change_role_set(case)


def change_role_set(case: schemathesis.Case) -> None:
    """Names roles that exist; the set of new organizations stays what it is."""
    fields = role_set_fields()
    bodies = {
        "CreateRoleSet": {**fields, "type": "custom"},
        "UpdateRoleSet": {"name": "Pro", "key": fields["key"], "default_role_key": "org:admin"},
        "AddRolesToRoleSet": {"role_keys": fields["roles"]},
        "ReplaceRoleInRoleSet": {"role_key": "org:member", "to_role_key": "org:admin"},
        "ReplaceRoleSet": {"dest_role_set_key": "role_set:default"},
    }
    # Several cases may share the generated body.
    case.body = bodies.get(operation_id(case), case.body)
    if operation_id(case) in ("CreateOrganization", "UpdateOrganization"):
        case.body = {**case.body, "role_set_key": "role_set:default"}


def own(case: schemathesis.Case) -> dict[str, str]:
    """What a request removes or uses up, made for it alone."""
    made: dict[str, str] = {}
    if case.method == "DELETE":
        made |= target.membership()
    if operation_id(case) == "RevokeSession":
        made["session_id"] = target.session(lasting["user_id"])
    if operation_id(case) in ("ReplaceRoleInRoleSet", "ReplaceRoleSet", "UpdateRoleSet"):
        made["role_set_key_or_id"] = target.role_set()
    if "permission_id" in case.path_parameters and case.method in ("DELETE", "POST"):
        made["permission_id"] = target.permission()
    if "organization_role_id" in case.path_parameters and case.method == "DELETE":
        if "permission_id" in made:
            # A generated request may have found the lasting one in an answer, and removed it.
            if not target.exists(f"organization_roles/{lasting['organization_role_id']}"):
                lasting["organization_role_id"] = target.role()
            target.grant(lasting["organization_role_id"], made["permission_id"])
        else:
            made["organization_role_id"] = target.role()
    return made


@schemathesis.hook
def after_call(
    context: schemathesis.HookContext, case: schemathesis.Case, response: schemathesis.Response
) -> None:
    """Counts the answers of an operation; other methods on its path are none of its own."""
    if case.method == case.operation.method.upper():
        answers[operation_id(case), response.status_code] += 1
    # There can be a few roles only.
    if operation_id(case) == "CreateOrganizationRole" and response.status_code == 200:
        target.remove(f"organization_roles/{response.json()['id']}")
    if operation_id(case) in OF_ROLE_SETS and response.status_code == 200:
        target.remove_role_set(response.json()["id"])


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext,
    failure: Failure,
    case: schemathesis.Case,
    response: schemathesis.Response,
) -> bool:
    """Lets pass what is taken on purpose, though the schema does not say so.

    A body that is left out or `null` counts as an empty object: client libraries send both.
    """
    if not isinstance(failure, AcceptedNegativeData):
        return True
    return not isinstance(case.body, (NotSet, type(None)))


def is_valid(case: schemathesis.Case, part: ParameterLocation) -> bool:
    """Tells whether a part of a request was generated, and as its schema says."""
    component = case.meta.components.get(part) if case.meta else None
    return component is not None and component.mode.is_positive


def operation_id(case: schemathesis.Case) -> str:
    return case.operation.definition.raw["operationId"]


def write_answers() -> None:
    counted: dict[str, dict[int, int]] = {}
    for (operation, status), count in sorted(answers.items()):
        counted.setdefault(operation, {})[status] = count
    Path(os.environ["TARGET_ANSWERS"]).write_text(json.dumps(counted))


atexit.register(write_answers)
