"""Calls to AWS's JSON services on libcurl: the hot path of the runtime. Imports no botocore.

service      one service at one endpoint: `call(operation, parameters) -> answer`
wire         the one thread that performs requests, over connections that stay open
answers      what counts as an answer, and `CallError`
credentials  a key pair and its token, checked
network      certificate authorities and proxies, found as botocore finds them
"""
