#!/usr/bin/env python3
"""Makes the files that lab/content.ts lists below a folder. Usage: lay-content.py ROOT < content.json

Names are JSON strings of the characters U+0000 to U+00FF, one for each byte, since a name need not be UTF-8.
"""
import json
import os
import random
import socket
import stat
import subprocess
import sys

root = os.fsencode(sys.argv[1])
CHUNK = 1 << 20


def raw(text):
    return text.encode('latin-1')


def below(path):
    return os.path.join(root, raw(path).lstrip(b'/'))


def write_file(path, entry):
    generator = random.Random(entry['seed'])
    with open(path, 'wb') as out:
        if 'text' in entry:
            out.write(raw(entry['text']))
        for start, length, kind in entry.get('extents', []):
            out.seek(start)
            for done in range(0, length, CHUNK):
                size = min(CHUNK, length - done)
                if kind == 'random':
                    out.write(generator.randbytes(size))
                else:
                    line = b'line %d of a log that says the same again and again\n' % done
                    out.write((line * (size // len(line) + 1))[:size])
        out.truncate(max(entry.get('size', 0), out.tell()))


def make(entry):
    path, kind = below(entry['path']), entry['kind']
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if kind == 'folder':
        os.makedirs(path, exist_ok=True)
    elif kind == 'file':
        write_file(path, entry)
    elif kind == 'hardlink':
        os.link(below(entry['target']), path)
    elif kind == 'symlink':
        os.symlink(raw(entry['target']), path)
    elif kind == 'fifo':
        os.mkfifo(path)
    elif kind == 'socket':
        # bind() takes no path longer than 107 bytes.
        here = os.open(os.path.dirname(path), os.O_RDONLY)
        os.fchdir(here)
        os.close(here)
        socket.socket(socket.AF_UNIX).bind(os.path.basename(path))
    elif kind in ('character', 'block'):
        node = stat.S_IFCHR if kind == 'character' else stat.S_IFBLK
        os.mknod(path, node | 0o600, os.makedev(*entry['device']))
    elif kind == 'many':
        os.makedirs(path, exist_ok=True)
        for number in range(entry['count']):
            folder = os.path.join(path, b'%02d' % (number % 50))
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, b'file-%05d.txt' % number), 'wb') as out:
                out.write(b'small file number %d\n' % number * (1 + number % 40))
    else:
        sys.exit('unknown kind: ' + kind)


def dress(entry):
    """What must come after the content: chown clears setuid bits and capabilities."""
    path = below(entry['path'])
    if 'owner' in entry:
        os.lchown(path, *entry['owner'])
    if 'mode' in entry:
        os.chmod(path, entry['mode'])
    for name, value in entry.get('xattrs', {}).items():
        os.setxattr(path, name, raw(value), follow_symlinks=False)
    if 'capabilities' in entry:
        subprocess.run(['setcap', entry['capabilities'], path], check=True)
    if 'acl' in entry:
        subprocess.run(['setfacl', '-m', entry['acl'], path], check=True)
    if 'flags' in entry:
        subprocess.run(['chattr', entry['flags'], path], check=True)


entries = json.load(sys.stdin)
for each in entries:
    make(each)
for each in entries:
    if 'flags' not in each:
        dress(each)
# Times last, folders after their content, and what can then no longer be changed after all.
for each in sorted(entries, key=lambda item: -item['path'].count('/')):
    if 'mtime' in each:
        os.utime(below(each['path']), (each['mtime'], each['mtime']), follow_symlinks=False)
for each in entries:
    if 'flags' in each:
        dress(each)
