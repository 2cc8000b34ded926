import { expect, it } from 'vitest';
import { markdownTable, markdownText } from './markdown.js';

it('text of a stranger stays text', () => {
  expect(markdownText('a|b <img src=x>\n[go](http://x) `c` **d** &lt; \\')).toBe(
    'a\\|b \\<img src=x\\> \\[go\\]\\(http://x\\) \\`c\\` \\*\\*d\\*\\* \\&lt; \\\\',
  );
});

it('the columns of a table stand apart', () => {
  expect(markdownTable(['wave', 'done'], [['canary', 1]])).toBe(
    '| wave\u2003 | done\u2003 |\n|---|---|\n| canary\u2003 | 1\u2003 |',
  );
});
