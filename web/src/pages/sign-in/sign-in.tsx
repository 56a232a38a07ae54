// SPDX-License-Identifier: Apache-2.0
import { Button, Form, FormGroup, TextInput } from '@patternfly/react-core';
import { useState, type FormEvent } from 'react';
import { createSession } from '../../api/client';
import { Command } from '../../components/command';
import { useTitle } from '../../components/page';

/** For who was given a password; most people get a link. */
function PasswordForm() {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem('');
    try {
      await createSession(user, password);
      window.location.assign('/');
    } catch (failure) {
      setProblem((failure as Error).message);
      setBusy(false);
    }
  };
  return (
    <Form onSubmit={(event) => void submit(event)} aria-labelledby="password-title">
      <h2 id="password-title">With a password</h2>
      <FormGroup label="Name" fieldId="sign-in-user">
        <TextInput
          id="sign-in-user"
          autoComplete="username"
          value={user}
          onChange={(_event, value) => setUser(value)}
          isRequired
        />
      </FormGroup>
      <FormGroup label="Password" fieldId="sign-in-password">
        <TextInput
          id="sign-in-password"
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(_event, value) => setPassword(value)}
          isRequired
        />
      </FormGroup>
      {problem && <p role="alert">{problem}</p>}
      <Button type="submit" isDisabled={isBusy || user === '' || password === ''}>
        Sign in
      </Button>
    </Form>
  );
}

/** Shown whenever the server answers 401. */
export function SignIn() {
  useTitle('Sign in');
  return (
    <section className="tw-sign-in" aria-labelledby="sign-in-title">
      <h1 id="sign-in-title">Sign in</h1>
      <p>
        Tidewaiter signs you in with a <strong>one-time link</strong>. The server printed one when it started; open it
        in this browser.
      </p>
      <p>A link works once and for a limited time. If yours was used or is too old, get a new one on the server:</p>
      <Command text="tidewaiter sign-in" />
      <PasswordForm />
      <p className="tw-muted">
        Signed in before? Your session ended: after 12 hours without use, after 7 days, or when you signed out.
      </p>
    </section>
  );
}
