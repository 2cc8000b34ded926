import { expect, it } from 'vitest';
import { hide, hideEnvironment, withoutSecrets } from './secrets.js';

it('takes out what the environment has under names of secrets, and nothing else', () => {
  hideEnvironment({
    DC1_PASSWORD: 'pa"ss\nword',
    TEMPORAL_API_KEY: 'key-of-temporal',
    FLEETLIFT_PAYLOAD_KEY_FILE: '/etc/fleetlift/payload.key',
    DB_PASSWORD_FILE: '/run/secrets/db',
    PIN_TOKEN: 'abc',
    HOME: '/root',
  });
  const line = JSON.stringify({ msg: 'pa"ss\nword', key: 'key-of-temporal', home: '/root', pin: 'abc' });
  expect(withoutSecrets(line)).toBe('{"msg":"[hidden]","key":"[hidden]","home":"/root","pin":"abc"}');
  expect(withoutSecrets('/run/secrets/db /etc/fleetlift/payload.key')).not.toContain('hidden');
});

it('takes out the longer of two secrets where one is a part of the other', () => {
  hide('login');
  hide('login-of-web1');
  expect(withoutSecrets('login-of-web1, login')).toBe('[hidden], [hidden]');
});
