// SPDX-License-Identifier: Apache-2.0
import { Command } from '../../components/command';
import { useTitle } from '../../components/page';

/** Shown whenever the server answers 401. There is no password: the operator's terminal prints a link. */
export function SignIn() {
  useTitle('Sign in');
  return (
    <section className="tw-sign-in" aria-labelledby="sign-in-title">
      <h1 id="sign-in-title">Sign in</h1>
      <p>
        Tidewaiter signs you in with a <strong>one-time link</strong>. The server printed one when it started; open it
        in this browser.
      </p>
      <p>
        A link works once and for a limited time. If yours was used or is too old, start the server again; it prints a
        new one:
      </p>
      <Command text="tidewaiter serve" />
      <p className="tw-muted">
        Signed in before? Your session ended: after 12 hours without use, after 7 days, or when you signed out.
      </p>
    </section>
  );
}
