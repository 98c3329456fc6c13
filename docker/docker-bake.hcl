# How the images are built: `jobdeploy.images` adds a target for each service, and the tags, labels and platforms of a run.
# Every variable is the machine's environment variable of that name; README.md explains them, and all of them may be unset.

variable "JOBS_PYTHON_IMAGE" { default = "" }
variable "JOBS_BUILD_NETWORK" { default = "" }
variable "JOBS_BUILD_CA" { default = "" }
variable "PIP_INDEX_URL" { default = "" }
variable "PIP_EXTRA_INDEX_URL" { default = "" }
variable "HTTP_PROXY" { default = "" }
variable "HTTPS_PROXY" { default = "" }
variable "NO_PROXY" { default = "" }
variable "http_proxy" { default = "" }
variable "https_proxy" { default = "" }
variable "no_proxy" { default = "" }

target "image" {
  network = notequal("", JOBS_BUILD_NETWORK) ? JOBS_BUILD_NETWORK : null
  # What may hold a password is a secret, or a proxy, which Docker leaves out of an image's history.
  secret = concat(
    notequal("", JOBS_BUILD_CA) ? ["id=ca,src=${JOBS_BUILD_CA}"] : [],
    notequal("", PIP_INDEX_URL) ? ["id=pip_index_url,env=PIP_INDEX_URL"] : [],
    notequal("", PIP_EXTRA_INDEX_URL) ? ["id=pip_extra_index_url,env=PIP_EXTRA_INDEX_URL"] : [],
  )
  args = {
    PYTHON_IMAGE = notequal("", JOBS_PYTHON_IMAGE) ? JOBS_PYTHON_IMAGE : null
    HTTP_PROXY   = notequal("", HTTP_PROXY) ? HTTP_PROXY : null
    HTTPS_PROXY  = notequal("", HTTPS_PROXY) ? HTTPS_PROXY : null
    NO_PROXY     = notequal("", NO_PROXY) ? NO_PROXY : null
    http_proxy   = notequal("", http_proxy) ? http_proxy : null
    https_proxy  = notequal("", https_proxy) ? https_proxy : null
    no_proxy     = notequal("", no_proxy) ? no_proxy : null
  }
}

target "base" {
  inherits = ["image"]
  target   = "base"
}

target "service" {
  inherits = ["image"]
  target   = "service"
}
