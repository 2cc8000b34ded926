#!/usr/bin/env python3
"""Compares two folders file by file. Usage: compare.py LEFT RIGHT [SKIPPED…]

Left is the original. Compared are: type, mode, owner by number, modification time (second), size, content (sha256),
target of links, groups of hard links, extended attributes (ACLs and capabilities among them), device numbers, and
that a file on the right takes no more than 110 % of the space it has on the left. SKIPPED are paths below both
folders that are left out with all they hold, as hexadecimal digits of their bytes. Prints one JSON document.
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


class Tree:
    """All files below a folder, by their path relative to it, as bytes."""

    def __init__(self, folder, skipped):
        self.folder = folder
        self.files = {b'.': os.lstat(folder)}
        self.hashes = {}
        groups = {}
        waiting = [b'']
        while waiting:
            below = waiting.pop()
            with os.scandir(os.path.join(folder, below)) as entries:
                for entry in entries:
                    path = os.path.join(below, entry.name)
                    if path in skipped:
                        continue
                    info = entry.stat(follow_symlinks=False)
                    self.files[path] = info
                    if stat.S_ISDIR(info.st_mode):
                        waiting.append(path)
                    elif info.st_nlink > 1:
                        groups.setdefault((info.st_dev, info.st_ino), []).append(path)
        self.links = {path: sorted(group) for group in groups.values() for path in group}

    def at(self, path):
        return os.path.join(self.folder, path)

    def sha256(self, path):
        info = self.files[path]
        key = (info.st_dev, info.st_ino)
        if key not in self.hashes:
            with open(self.at(path), 'rb') as content:
                self.hashes[key] = hashlib.file_digest(content, 'sha256').hexdigest()
        return self.hashes[key]

    def attributes(self, path):
        names = os.listxattr(self.at(path), follow_symlinks=False)
        return {name: os.getxattr(self.at(path), name, follow_symlinks=False).hex() for name in names}


def attribute_kind(name):
    if name.startswith('system.posix_acl_'):
        return 'acl'
    return 'capability' if name == 'security.capability' else 'xattr'


def shown(path):
    """A path as text that tells every two paths apart: what is not printable ASCII, and a backslash, is escaped."""
    return ''.join(chr(b) if 32 <= b < 127 and b != 92 else '\\x%02x' % b for b in path)


def compare_file(left, right, path):
    one, other = left.files[path], right.files[path]
    kinds = [TYPES[stat.S_IFMT(info.st_mode)] for info in (one, other)]
    if kinds[0] != kinds[1]:
        yield 'type', kinds[0], kinds[1]
        return
    if stat.S_IMODE(one.st_mode) != stat.S_IMODE(other.st_mode):
        yield 'mode', '%04o' % stat.S_IMODE(one.st_mode), '%04o' % stat.S_IMODE(other.st_mode)
    if (one.st_uid, one.st_gid) != (other.st_uid, other.st_gid):
        yield 'owner', '%d:%d' % (one.st_uid, one.st_gid), '%d:%d' % (other.st_uid, other.st_gid)
    times = [info.st_mtime_ns // 1_000_000_000 for info in (one, other)]
    if times[0] != times[1]:
        yield 'mtime', str(times[0]), str(times[1])
    if kinds[0] == 'file':
        if one.st_size != other.st_size:
            yield 'size', str(one.st_size), str(other.st_size)
        elif left.sha256(path) != right.sha256(path):
            yield 'content', left.sha256(path), right.sha256(path)
        used = [info.st_blocks * 512 for info in (one, other)]
        if used[1] > used[0] * 1.1 + SPARSE_SLACK:
            yield 'sparse', str(used[0]), str(used[1])
    elif kinds[0] == 'symlink':
        targets = [os.readlink(tree.at(path)) for tree in (left, right)]
        if targets[0] != targets[1]:
            yield 'target', shown(targets[0]), shown(targets[1])
    elif kinds[0] in ('character', 'block') and one.st_rdev != other.st_rdev:
        devices = ['%d:%d' % (os.major(info.st_rdev), os.minor(info.st_rdev)) for info in (one, other)]
        yield 'device', devices[0], devices[1]
    groups = [tree.links.get(path, []) for tree in (left, right)]
    if groups[0] != groups[1]:
        yield 'hardlinks', ' '.join(map(shown, groups[0])), ' '.join(map(shown, groups[1]))
    attributes = [tree.attributes(path) for tree in (left, right)]
    for name in sorted(attributes[0].keys() | attributes[1].keys()):
        values = [one_side.get(name) for one_side in attributes]
        if values[0] != values[1]:
            yield attribute_kind(name), *('' if v is None else name + '=0x' + v for v in values)


def compare(left, right):
    for path in sorted(left.files.keys() | right.files.keys()):
        if path not in right.files:
            found = [('missing', TYPES[stat.S_IFMT(left.files[path].st_mode)], '')]
        elif path not in left.files:
            found = [('extra', '', TYPES[stat.S_IFMT(right.files[path].st_mode)])]
        else:
            found = compare_file(left, right, path)
        for kind, one, other in found:
            yield {'path': shown(path), 'bytes': path.hex(), 'kind': kind, 'left': one, 'right': other}


left_folder, right_folder, *skip = sys.argv[1:]
skipped_paths = {bytes.fromhex(path) for path in skip}
left_tree = Tree(os.fsencode(left_folder), skipped_paths)
right_tree = Tree(os.fsencode(right_folder), skipped_paths)
json.dump({'differences': list(compare(left_tree, right_tree)), 'files': len(left_tree.files)}, sys.stdout)
