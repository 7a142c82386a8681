import { CodeBuildClient, StartBuildCommand } from '@aws-sdk/client-codebuild';

const client = new CodeBuildClient({});

/**
 * CloudFormation's custom resource of the job images: starts the build and hands it the address of the answer, which
 * the build's last step sends. Deleting the resource leaves the images to their repository. The SDK is the one that the
 * Lambda runtime has.
 */
export async function handler(event) {
  const { RequestType, ResponseURL, StackId, RequestId, LogicalResourceId, ResourceProperties } = event;
  const PhysicalResourceId = event.PhysicalResourceId ?? LogicalResourceId;
  const answer = { StackId, RequestId, LogicalResourceId, PhysicalResourceId };
  try {
    if (RequestType === 'Delete') return await send(ResponseURL, { ...answer, Status: 'SUCCESS' });
    await client.send(
      new StartBuildCommand({
        projectName: ResourceProperties.project,
        idempotencyToken: RequestId,
        environmentVariablesOverride: [
          { name: 'VERSION', value: ResourceProperties.version },
          { name: 'ANSWER_URL', value: ResponseURL },
          { name: 'ANSWER', value: JSON.stringify(answer) },
        ],
      }),
    );
  } catch (error) {
    await send(ResponseURL, {
      ...answer,
      Status: 'FAILED',
      Reason: `The build was not started: ${error.name}`,
    });
  }
}

async function send(url, body) {
  const response = await fetch(url, {
    method: 'PUT',
    body: JSON.stringify(body),
    headers: { 'content-type': '' },
  });
  if (!response.ok) throw new Error(`CloudFormation answered ${response.status}`);
}
