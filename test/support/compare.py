#!/usr/bin/env python3
"""Compares two folders file by file. Usage: compare.py LEFT RIGHT [SKIPPED…] | compare.py --list FOLDER

Left is the original. Compared are: type, mode, owner by number, modification time (second), size, content (sha256),
target of links, groups of hard links, extended attributes (ACLs and capabilities among them), device numbers, and
that a file on the right takes no more than 110 % of the space it has on the left. SKIPPED are paths below both
folders that are left out with all they hold, as hexadecimal digits of their bytes. Prints one JSON document, in which
each difference says when the original last changed (ctime).
--list prints all that is compared, for a machine that cannot mount both; such a list may be LEFT or RIGHT.
"""
import hashlib
import json
import os
import stat
import sys

# What the same content may take more for reasons of the filesystem: a block for attributes or extents.
SPARSE_SLACK = 16 * 1024
TYPES = {
    stat.S_IFREG: 'file', stat.S_IFDIR: 'folder', stat.S_IFLNK: 'symlink', stat.S_IFIFO: 'fifo',
    stat.S_IFSOCK: 'socket', stat.S_IFCHR: 'character', stat.S_IFBLK: 'block',
}


class Folder:
    """All files below a folder, by their path relative to it, as bytes. What is costly is found out when it is asked."""

    def __init__(self, folder, skipped):
        self.folder = folder
        self.entries = {}
        self.hashes = {}
        groups = {}
        self.note(b'.', os.lstat(folder))
        waiting = [b'']
        while waiting:
            below = waiting.pop()
            with os.scandir(os.path.join(folder, below)) as entries:
                for entry in entries:
                    path = os.path.join(below, entry.name)
                    if path in skipped:
                        continue
                    info = entry.stat(follow_symlinks=False)
                    self.note(path, info)
                    if stat.S_ISDIR(info.st_mode):
                        waiting.append(path)
                    elif info.st_nlink > 1:
                        groups.setdefault((info.st_dev, info.st_ino), []).append(path)
        for group in groups.values():
            for path in group:
                self.entries[path]['hardlinks'] = ' '.join(map(shown, sorted(group)))

    def note(self, path, info):
        kind = TYPES[stat.S_IFMT(info.st_mode)]
        self.entries[path] = {
            'type': kind,
            'mode': '%04o' % stat.S_IMODE(info.st_mode),
            'owner': '%d:%d' % (info.st_uid, info.st_gid),
            'mtime': str(info.st_mtime_ns // 1_000_000_000),
            'ctime': info.st_ctime_ns // 1_000_000_000,
            'size': info.st_size,
            'used': info.st_blocks * 512,
            'inode': (info.st_dev, info.st_ino),
            'hardlinks': '',
            'device': '%d:%d' % (os.major(info.st_rdev), os.minor(info.st_rdev))
            if kind in ('character', 'block') else '',
        }

    def at(self, path):
        return os.path.join(self.folder, path)

    def sha256(self, path):
        inode = self.entries[path]['inode']
        if inode not in self.hashes:
            with open(self.at(path), 'rb') as content:
                digest = hashlib.sha256()
                while chunk := content.read(1 << 20):
                    digest.update(chunk)
                self.hashes[inode] = digest.hexdigest()
        return self.hashes[inode]

    def target(self, path):
        return shown(os.readlink(self.at(path)))

    def attributes(self, path):
        names = os.listxattr(self.at(path), follow_symlinks=False)
        return {name: os.getxattr(self.at(path), name, follow_symlinks=False).hex() for name in names}

    def listed(self):
        for path, entry in self.entries.items():
            whole = dict(entry, attributes=self.attributes(path))
            del whole['inode']
            if entry['type'] == 'file':
                whole['sha256'] = self.sha256(path)
            elif entry['type'] == 'symlink':
                whole['target'] = self.target(path)
            yield path.hex(), whole


class List:
    """The same out of what --list printed."""

    def __init__(self, file, skipped):
        with open(file, encoding='ascii') as text:
            entries = {bytes.fromhex(path): entry for path, entry in json.load(text).items()}
        self.entries = {
            path: entry for path, entry in entries.items()
            if not any(path == one or path.startswith(one + b'/') for one in skipped)
        }

    def sha256(self, path):
        return self.entries[path]['sha256']

    def target(self, path):
        return self.entries[path]['target']

    def attributes(self, path):
        return self.entries[path]['attributes']


def read(path, skipped):
    return Folder(os.fsencode(path), skipped) if os.path.isdir(path) else List(path, skipped)


def attribute_kind(name):
    if name.startswith('system.posix_acl_'):
        return 'acl'
    return 'capability' if name == 'security.capability' else 'xattr'


def shown(path):
    """A path as text that tells every two paths apart: what is not printable ASCII, and a backslash, is escaped."""
    return ''.join(chr(b) if 32 <= b < 127 and b != 92 else '\\x%02x' % b for b in path)


def compare_file(left, right, path):
    one, other = left.entries[path], right.entries[path]
    if one['type'] != other['type']:
        yield 'type', one['type'], other['type']
        return
    for kind in ('mode', 'owner', 'mtime'):
        if one[kind] != other[kind]:
            yield kind, one[kind], other[kind]
    if one['type'] == 'file':
        if one['size'] != other['size']:
            yield 'size', str(one['size']), str(other['size'])
        elif left.sha256(path) != right.sha256(path):
            yield 'content', left.sha256(path), right.sha256(path)
        if other['used'] > one['used'] * 1.1 + SPARSE_SLACK:
            yield 'sparse', str(one['used']), str(other['used'])
    elif one['type'] == 'symlink' and left.target(path) != right.target(path):
        yield 'target', left.target(path), right.target(path)
    for kind in ('device', 'hardlinks'):
        if one[kind] != other[kind]:
            yield kind, one[kind], other[kind]
    attributes = [tree.attributes(path) for tree in (left, right)]
    for name in sorted(attributes[0].keys() | attributes[1].keys()):
        values = [one_side.get(name) for one_side in attributes]
        if values[0] != values[1]:
            yield attribute_kind(name), *('' if v is None else name + '=0x' + v for v in values)


def last_change(tree, path):
    """Of what is not there, that of the folder that it would be in."""
    while path not in tree.entries:
        path = os.path.dirname(path) or b'.'
    return tree.entries[path]['ctime']


def compare(left, right):
    for path in sorted(left.entries.keys() | right.entries.keys()):
        if path not in right.entries:
            found = [('missing', left.entries[path]['type'], '')]
        elif path not in left.entries:
            found = [('extra', '', right.entries[path]['type'])]
        else:
            found = compare_file(left, right, path)
        for kind, one, other in found:
            yield {
                'path': shown(path), 'bytes': path.hex(), 'kind': kind, 'left': one, 'right': other,
                'leftChangedAt': last_change(left, path),
            }


if sys.argv[1] == '--list':
    json.dump(dict(Folder(os.fsencode(sys.argv[2]), set()).listed()), sys.stdout)
else:
    left_path, right_path, *skip = sys.argv[1:]
    skipped_paths = {bytes.fromhex(path) for path in skip}
    left_tree, right_tree = (read(path, skipped_paths) for path in (left_path, right_path))
    json.dump({'differences': list(compare(left_tree, right_tree)), 'files': len(left_tree.entries)}, sys.stdout)
