# What the roles may do: everything, listed.

mock_provider "aws" {
  source = "../../testing"
}

run "by_default" {
  # The task role has these rights and no others.
  assert {
    condition = jsonencode([for statement in jsondecode(aws_iam_role_policy.task.policy).Statement : [statement.Action, statement.Resource]]) == jsonencode([
      [["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"], ["arn:aws:sqs:us-east-1:123456789012:p-dev-background-jobs"]],
      [["sqs:SendMessage"], ["arn:aws:sqs:us-east-1:123456789012:p-dev-background-jobs"]],
      [["sqs:SendMessage", "sqs:GetQueueAttributes"], ["arn:aws:sqs:us-east-1:123456789012:p-dev-background-jobs-dlq"]],
      [["ecs:UpdateTaskProtection"], ["arn:aws:ecs:us-east-1:123456789012:task/p-dev-cluster/*"]],
      [["ecs:DescribeServices"], ["arn:aws:ecs:us-east-1:123456789012:service/p-dev-cluster/p-dev-background-job-service"]],
      [["xray:PutTraceSegments"], ["*"]],
      [["logs:CreateLogStream", "logs:PutLogEvents"], ["arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev/metrics:log-stream:background-job/*"]],
      [["kms:Decrypt", "kms:GenerateDataKey"], ["arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"]],
      [["logs:CreateLogStream", "logs:PutLogEvents"], [
        "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev/background-job:log-stream:job-streams/*",
        "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev/background-job:log-stream:job-streams-overflow/*",
      ]],
    ])
    error_message = "least privilege, down to the ARN"
  }

  # The execution role pulls these images and writes these streams.
  assert {
    condition = jsonencode([for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : [statement.Action, statement.Resource]]) == jsonencode([
      [["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"], [
        "arn:aws:ecr:us-east-1:123456789012:repository/p/background-job", "arn:aws:ecr:us-east-1:123456789012:repository/p/collector",
      ]],
      [["ecr:GetAuthorizationToken"], ["*"]],
      [["logs:CreateLogStream", "logs:PutLogEvents"], [
        "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev/background-job:log-stream:background-job/background-job/*",
        "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/p-dev:log-stream:background-job/collector/*",
      ]],
    ])
    error_message = "least privilege, down to the ARN"
  }

  # Without rights of its own a service has the runtime's alone.
  assert {
    condition     = length(aws_iam_role_policy.handlers) == 0
    error_message = "one policy"
  }
}

run "a_service_that_keeps_records_may_write_them_to_its_table_alone" {
  variables {
    job_table = {
      name        = "p-dev-jobs"
      arn         = "arn:aws:dynamodb:us-east-1:123456789012:table/p-dev-jobs"
      kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    }
  }
  assert {
    condition = jsonencode([for statement in jsondecode(aws_iam_role_policy.task.policy).Statement : [statement.Action, statement.Resource] if endswith(statement.Sid, "JobRecords")]) == jsonencode([
      [["dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"], ["arn:aws:dynamodb:us-east-1:123456789012:table/p-dev-jobs"]],
      [["kms:Decrypt"], ["arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"]],
    ])
    error_message = "writes, and what steps and the holders of unique keys are read with"
  }
  assert {
    condition     = contains([for item in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment : "${item.name}=${item.value}"], "JOB_TABLE=p-dev-jobs")
    error_message = "its name in the environment"
  }
}

run "a_service_that_tells_ends_may_put_them_on_its_bus_alone_and_nothing_else_there" {
  variables {
    event_bus = { name = "p-dev", arn = "arn:aws:events:us-east-1:123456789012:event-bus/p-dev" }
  }
  assert {
    condition = jsonencode([for statement in jsondecode(aws_iam_role_policy.task.policy).Statement : [statement.Action, statement.Resource, try(statement.Condition, {})] if startswith(statement.Action[0], "events:")]) == jsonencode([
      [["events:PutEvents"], ["arn:aws:events:us-east-1:123456789012:event-bus/p-dev"], {
        "ForAllValues:StringEquals" = { "events:detail-type" = ["Job Completed", "Job Dead", "Job Cancelled"], "events:source" = ["jobqueue"] }
      }],
      [["events:DescribeEventBus"], ["arn:aws:events:us-east-1:123456789012:event-bus/p-dev"], {}],
    ])
    error_message = "our events on our bus, and whether it is there"
  }
  assert {
    condition     = contains([for item in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment : "${item.name}=${item.value}"], "JOB_EVENTS_BUS=p-dev")
    error_message = "its name in the environment"
  }
}

run "a_service_sends_to_several_queues_its_own_among_them" {
  variables {
    sends = {
      for queue in ["background-jobs", "bills", "report-jobs"] : queue => {
        url = "https://sqs.us-east-1.amazonaws.com/123456789012/p-dev-${queue}", arn = "arn:aws:sqs:us-east-1:123456789012:p-dev-${queue}"
      }
    }
  }
  assert {
    condition = jsonencode([for statement in jsondecode(aws_iam_role_policy.task.policy).Statement : statement.Resource if contains(statement.Action, "sqs:SendMessage")]) == jsonencode([
      ["arn:aws:sqs:us-east-1:123456789012:p-dev-background-jobs"],
      [
        "arn:aws:sqs:us-east-1:123456789012:p-dev-background-jobs-dlq", "arn:aws:sqs:us-east-1:123456789012:p-dev-bills",
        "arn:aws:sqs:us-east-1:123456789012:p-dev-report-jobs",
      ],
    ])
    error_message = "the right to send to each, once"
  }
  assert {
    condition = {
      for item in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment : item.name => item.value
      if endswith(item.name, "_QUEUE_URL") || endswith(item.name, "_DLQ_URL")
      } == {
      BACKGROUND_JOBS_QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/p-dev-background-jobs"
      BACKGROUND_JOBS_DLQ_URL   = "https://sqs.us-east-1.amazonaws.com/123456789012/p-dev-background-jobs-dlq"
      BILLS_QUEUE_URL           = "https://sqs.us-east-1.amazonaws.com/123456789012/p-dev-bills"
      REPORT_JOBS_QUEUE_URL     = "https://sqs.us-east-1.amazonaws.com/123456789012/p-dev-report-jobs"
    }
    error_message = "a name for each queue"
  }
}

run "without_a_key_there_are_no_rights_to_one" {
  variables {
    kms_key_arn = null
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.task.policy, "kms:")
    error_message = "SSE-SQS needs no rights"
  }
}

run "secrets_are_read_by_the_execution_role_each_by_its_arn" {
  variables {
    secrets = {
      TOKEN    = "arn:aws:ssm:us-east-1:123456789012:parameter/p/token"
      PASSWORD = "arn:aws:secretsmanager:us-east-1:123456789012:secret:p/database-a1B2c3:password::"
      USER     = "arn:aws:secretsmanager:us-east-1:123456789012:secret:p/database-a1B2c3:user::"
    }
    secret_kms_key_arns = ["arn:aws:kms:us-east-1:123456789012:key/99999999-2222-3333-4444-555555555555"]
  }
  assert {
    condition = jsonencode([for statement in slice(jsondecode(aws_iam_role_policy.execution.policy).Statement, 3, 6) : [statement.Action, statement.Resource]]) == jsonencode([
      [["ssm:GetParameters"], ["arn:aws:ssm:us-east-1:123456789012:parameter/p/token"]],
      [["secretsmanager:GetSecretValue"], ["arn:aws:secretsmanager:us-east-1:123456789012:secret:p/database-a1B2c3"]],
      [["kms:Decrypt"], ["arn:aws:kms:us-east-1:123456789012:key/99999999-2222-3333-4444-555555555555"]],
    ])
    error_message = "the whole secret once, whatever is read of it"
  }
  assert {
    condition = jsonencode(jsondecode(aws_iam_role_policy.execution.policy).Statement[5].Condition) == jsonencode({
      StringEquals = { "kms:ViaService" = ["secretsmanager.us-east-1.amazonaws.com", "ssm.us-east-1.amazonaws.com"] }
    })
    error_message = "the key through the two services only"
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.task.policy, "secret") && !strcontains(aws_iam_role_policy.task.policy, "ssm:")
    error_message = "the task itself reads none"
  }
}

run "without_secrets_their_key_is_no_right" {
  variables {
    secret_kms_key_arns = ["arn:aws:kms:us-east-1:123456789012:key/99999999-2222-3333-4444-555555555555"]
  }
  assert {
    condition     = length(jsondecode(aws_iam_role_policy.execution.policy).Statement) == 3
    error_message = "nothing to decrypt"
  }
}

run "what_handlers_may_do_is_a_policy_of_its_own" {
  variables {
    policy_statements = {
      Invoices = { actions = ["s3:GetObject"], resources = ["arn:aws:s3:::invoices/*"] }
      Table    = { actions = ["dynamodb:PutItem"], resources = ["arn:aws:dynamodb:us-east-1:123456789012:table/p-*"], condition = { StringEquals = { "aws:ResourceTag/Project" = ["p"] } } }
      Rates    = { actions = ["pricing:GetProducts"], resources = ["*"] }
    }
  }
  assert {
    condition = jsonencode(jsondecode(aws_iam_role_policy.handlers[0].policy).Statement) == jsonencode([
      { Action = ["s3:GetObject"], Effect = "Allow", Resource = ["arn:aws:s3:::invoices/*"], Sid = "HandlersInvoices" },
      { Action = ["pricing:GetProducts"], Effect = "Allow", Resource = ["*"], Sid = "HandlersRates" },
      {
        Action   = ["dynamodb:PutItem"], Condition = { StringEquals = { "aws:ResourceTag/Project" = ["p"] } }, Effect = "Allow",
        Resource = ["arn:aws:dynamodb:us-east-1:123456789012:table/p-*"], Sid = "HandlersTable"
      },
    ])
    error_message = "each by its name, in the order of the names"
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.task.policy, "s3:")
    error_message = "the runtime's rights stay what they are"
  }
}
