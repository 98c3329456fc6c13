"""Errors of boto3 in words, with the next step for each.

Error answers of AWS are explained by `refused`; here are errors before an answer came. Errors that are defects of this code stay exceptions.
"""

from __future__ import annotations

from jobctl.exits import DeployError, NotAllowedError, UsageError
from jobctl.refused import LOG_IN, refused

REACH = "look at the network, HTTPS_PROXY, --region, --endpoint-url"


def explained(error: Exception, stack: str) -> DeployError | None:
    """The error in words; None if it is not AWS's. `stack` is `{project}-{environment}`, the prefix of the operator policies' names."""
    from botocore import exceptions as of_botocore
    from botocore.parsers import ResponseParserError

    from jobqueue.consumer.ports import QueueError

    if isinstance(error, QueueError):  # an adapter's, around boto3's
        cause = error.__cause__ or error.__context__  # the adapter hides it from tracebacks
        told = explained(cause, stack) if isinstance(cause, Exception) else None
        return told or DeployError(str(error), "run it again; nothing was lost")
    if isinstance(error, of_botocore.ClientError):
        return refused(error, stack)
    if isinstance(error, ResponseParserError):
        return DeployError("What answered is not AWS: its answer cannot be read.", REACH)
    return _before_an_answer(error)


def _before_an_answer(error: Exception) -> DeployError | None:
    from botocore import exceptions as of_botocore

    if isinstance(error, (of_botocore.NoCredentialsError, of_botocore.PartialCredentialsError)):
        return NotAllowedError(f"No credentials for AWS: {error}.", LOG_IN)
    if isinstance(
        error,
        (
            of_botocore.SSOError,
            of_botocore.TokenRetrievalError,
            of_botocore.CredentialRetrievalError,
            of_botocore.LoginError,
        ),
    ):
        return NotAllowedError(f"The login has expired or does not work: {error}", LOG_IN)
    if isinstance(error, of_botocore.InvalidRegionError):
        return UsageError(str(error).rstrip(".") + ".", "write --region as AWS does: eu-central-1, us-east-1")
    if isinstance(
        error,
        (
            of_botocore.ConfigParseError,
            of_botocore.ConfigNotFound,
            of_botocore.InvalidConfigError,
            of_botocore.UnknownCredentialError,
            of_botocore.ProfileNotFound,
        ),
    ):
        return NotAllowedError(
            f"The AWS configuration cannot be used: {error}", "mend ~/.aws/config (or what AWS_CONFIG_FILE names)"
        )
    if isinstance(error, of_botocore.HTTPClientError) and isinstance(error.kwargs.get("error"), ValueError):
        # It quotes the header that could not be sent, which is the session token.
        return NotAllowedError("A credential holds a line end or another character that cannot be sent.", LOG_IN)
    if isinstance(error, (of_botocore.HTTPClientError, of_botocore.ConnectionError)):
        return DeployError(f"AWS cannot be reached: {error}", REACH)
    if isinstance(error, of_botocore.ParamValidationError):
        return None  # ours
    if isinstance(error, of_botocore.BotoCoreError):
        return DeployError(
            f"boto3 cannot ask AWS: {error}", "look at what it says; --profile and --region choose others"
        )
    return None
