// SPDX-License-Identifier: Apache-2.0
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';
import { SignIn } from './sign-in';

afterEach(() => {
  vi.unstubAllGlobals();
});

test('a wrong password is told and can be corrected', async () => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (address: string, options: RequestInit) => {
    asked.push(`${options.method} ${address.split('?')[0]} ${String(options.body)}`);
    return Promise.resolve(
      new Response(JSON.stringify({ errors: [{ status: '401', title: 'No', detail: 'name or password are wrong' }] }), {
        status: 401,
      }),
    );
  });
  render(<SignIn />);
  const button = screen.getByRole('button', { name: 'Sign in' });
  expect(button).toBeDisabled();
  await userEvent.type(screen.getByLabelText('Name'), 'zoe');
  await userEvent.type(screen.getByLabelText('Password'), 'a wrong guess');
  await userEvent.click(button);
  expect(await screen.findByRole('alert')).toHaveTextContent('name or password are wrong');
  expect(asked).toEqual([
    'POST /rest/session {"data":{"type":"session","attributes":{"user":"zoe","password":"a wrong guess"}}}',
  ]);
  expect(button).toBeEnabled();
});
