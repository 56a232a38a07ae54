// SPDX-License-Identifier: Apache-2.0
import { Alert, AlertActionLink } from '@patternfly/react-core';
import { ApiError } from '../api/client';

interface ErrorAlertProps {
  error: Error;
  /** What the page wanted, as in "The images cannot be shown". */
  title: string;
  onRetry?: () => void;
}

export function ErrorAlert({ error, title, onRetry }: ErrorAlertProps) {
  const problems = error instanceof ApiError ? error.problems : [{ title: error.name, detail: error.message }];
  const requestId = error instanceof ApiError ? error.requestId : null;
  return (
    <Alert
      isInline
      variant="danger"
      title={title}
      role="alert"
      actionLinks={onRetry && <AlertActionLink onClick={onRetry}>Try again</AlertActionLink>}
    >
      {problems.map((problem, i) => (
        <p key={i}>
          <strong>{problem.title}</strong>
          {problem.detail && `: ${problem.detail}`}
        </p>
      ))}
      {requestId && (
        <p>
          Request <code className="tw-mono">{requestId}</code> (the server&rsquo;s log has it too)
        </p>
      )}
    </Alert>
  );
}
