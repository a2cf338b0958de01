// SPDX-License-Identifier: MPL-2.0

package download

import (
	"bufio"
	"compress/bzip2"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// compression is a way to compress files, told by their first bytes.
type compression struct {
	name    string
	magic   string
	program string // which undoes it
	open    func(from io.Reader, written io.ReaderAt) (io.Reader, error)
}

var compressions = []compression{
	{"gzip", "\x1f\x8b", "gzip -d", func(from io.Reader, _ io.ReaderAt) (io.Reader, error) { return gzip.NewReader(from) }},
	{"bzip2", "BZh", "bzip2 -d", func(from io.Reader, _ io.ReaderAt) (io.Reader, error) { return bzip2.NewReader(from), nil }},
	{"xz", "\xfd7zXZ\x00", "xz -d", func(from io.Reader, written io.ReaderAt) (io.Reader, error) {
		return newXZ(from, written), nil
	}},
	{"zstd", "\x28\xb5\x2f\xfd", "zstd -d", func(from io.Reader, _ io.ReaderAt) (io.Reader, error) {
		return zstd.NewReader(from, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(largestWindow))
	}},
}

// largestWindow is how much of what it wrote zstd may have to keep in memory, in bytes: level 19 wants 8 MiB, the strongest one of --ultra
// 128 MiB. For xz it makes no difference.
const largestWindow = 32 << 20

// decompress writes what a file was before it was compressed into a temporary one.
func decompress(ctx context.Context, r Request, packed *File) (unpacked *File, err error) {
	from, err := os.Open(packed.Path)
	if err != nil {
		return nil, disk.Named(packed.Name, err)
	}
	defer from.Close()
	counted := &counting{ctx: ctx, from: from, sum: md5.New(), total: packed.Length, progress: r.Progress}
	buffered := bufio.NewReaderSize(counted, 256<<10)
	how, err := compressionOf(buffered)
	if err != nil {
		return nil, disk.Named(packed.Name, err)
	}
	temporary, err := newFolder("")
	if err != nil {
		return nil, disk.Named(packed.Name, err)
	}
	length, err := how.write(buffered, temporary.file("image"), r.Limit)
	if err == nil {
		_, err = io.Copy(io.Discard, counted) // whatever follows belongs to the file as it was given
	}
	if err != nil {
		return nil, disk.Named(packed.Name, errors.Join(err, temporary.Close()))
	}
	return &File{
		Path: temporary.file("image"), Name: packed.Name, Length: length, MD5: hex.EncodeToString(counted.sum.Sum(nil)), drop: temporary.Close,
	}, nil
}

// compressionOf tells how a file is compressed by its first bytes. What a server says of it, and the name, are often wrong.
func compressionOf(from *bufio.Reader) (compression, error) {
	for _, c := range compressions {
		beginning, err := from.Peek(len(c.magic))
		if err != nil && err != io.EOF {
			return compression{}, err
		}
		if string(beginning) == c.magic {
			return c, nil
		}
	}
	return compression{}, disk.Refusef(`leave decompress out and set container_format = "bare", if it is an image as it is`,
		"is not compressed with gzip, bzip2, xz or zstd")
}

// write decompresses into a new file, and returns its length.
func (c compression) write(from io.Reader, path string, limit int64) (int64, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, disk.Full(err, path)
	}
	holes := &sparse{file: file}
	err = c.copy(from, holes, limit)
	err = errors.Join(err, holes.end(), file.Close())
	return holes.length, disk.Full(err, path)
}

// output is what is written, and can be read again.
type output interface {
	io.Writer
	io.ReaderAt
}

// copy decompresses up to a limit of bytes.
func (c compression) copy(from io.Reader, to output, limit int64) error {
	source, err := c.open(from, to)
	if err != nil {
		return c.damaged(err)
	}
	if decoder, ok := source.(*zstd.Decoder); ok {
		defer decoder.Close()
	}
	written, err := io.CopyBuffer(to, io.LimitReader(source, limit+1), make([]byte, block))
	switch {
	case err != nil:
		return c.damaged(err)
	case written > limit:
		return disk.Refusef(fmt.Sprintf("decompress it with `%s NAME` and look what it is", c.program),
			"is longer than %d bytes once it is decompressed, and no image may be", limit)
	}
	return nil
}

// damaged explains an error of a decompressor, and returns one of the file system or of a context as it is.
func (c compression) damaged(err error) error {
	var ours *fs.PathError
	var refusal *disk.Refusal
	if errors.As(err, &ours) || errors.As(err, &refusal) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, zstd.ErrWindowSizeExceeded) {
		return disk.Refusef(fmt.Sprintf("decompress it with `%s --long=31 NAME` before, and use the result", c.program),
			"is compressed so that more than %d MiB of memory are needed to decompress it", largestWindow>>20)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = errors.New("it ends too early")
	}
	text := strings.TrimPrefix(err.Error(), c.name+": ")
	return disk.Refusef(fmt.Sprintf("transfer it again and compare its checksum; `%s -c NAME >image` tells whether it is whole", c.program),
		"cannot be decompressed as %s (%s)", c.name, text)
}

// counting is a file that is read once from its beginning, until its context ends.
type counting struct {
	ctx      context.Context
	from     io.Reader
	sum      hash.Hash
	done     int64
	total    int64
	progress Progress
}

func (c *counting) Read(p []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	n, err := c.from.Read(p)
	c.sum.Write(p[:n])
	c.done += int64(n)
	c.progress(Decompressing, c.done, c.total)
	return n, err
}
