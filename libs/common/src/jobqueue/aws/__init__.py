"""Calls to AWS's JSON services on libcurl: the hot path of the runtime.

service           one service at one endpoint: `call(operation, parameters) -> answer`
wire              the one thread that performs requests, over connections that stay open
answers           what counts as an answer, and `CallError`
session           what all services of a process share; makes them
credentials       a key pair and its token, found, checked and renewed
network           certificate authorities and proxies, found as botocore finds them
botocore_session  Region, addresses and credentials where the environment alone does not tell them: the only file that imports botocore
"""
