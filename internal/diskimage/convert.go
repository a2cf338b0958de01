// SPDX-License-Identifier: MPL-2.0

package diskimage

import (
	"cmp"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/vmdk"
)

// Converted is a file that can be sent, and what is known of it. It is open, and where the operating system allows it has no name any
// more, so that nothing is left of it when the process is killed.
type Converted struct {
	Size     int64 // of the disk, in bytes, as the source says
	Capacity int64 // of the disk, in bytes: whole MiB. Of an ISO image its length.
	Length   int64 // of the file, in bytes
	SHA1     string
	SHA256   string

	SourceMD5    string // Glance's checksum: that of the file that was given
	SourceLength int64  // in bytes

	file *os.File
	path string // to remove with Close, or ""
}

// Reader returns the file from its beginning, each time anew.
func (c *Converted) Reader() *io.SectionReader {
	return io.NewSectionReader(c.file, 0, c.Length)
}

// Close closes the file, which is gone then unless it is the source itself.
func (c *Converted) Close() error {
	err := c.file.Close()
	if c.path != "" {
		err = errors.Join(err, os.Remove(c.path))
	}
	return err
}

// Progress is called with how much of the disk is done, both in bytes. It is called often, and never by two goroutines at once.
type Progress func(done, total int64)

// Convert writes the disk of a source as a streamOptimized VMDK into a new file of a folder, which only this user may read; "" is the
// system's folder for temporary files. An ISO image is not written: the file is the source itself. After an error no file is left.
func Convert(ctx context.Context, source Source, into string, progress Progress) (*Converted, error) {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	if source.ISO() {
		return measure(ctx, source, progress)
	}
	from, err := Open(ctx, source)
	if err != nil {
		return nil, err
	}
	converted, err := convert(ctx, source, from, into, progress)
	if err := errors.Join(err, from.Close()); err != nil {
		if converted != nil {
			err = errors.Join(err, converted.Close())
		}
		return nil, disk.Named(source.name(), err)
	}
	return converted, nil
}

// convert writes an open disk, while the source is summed. It returns the file with an error too, once there is one.
func convert(ctx context.Context, source Source, from disk.Image, into string, progress Progress) (*Converted, error) {
	converted, err := create(into)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sum := summing(ctx, source.Path)
	err = converted.write(ctx, from, progress)
	if err != nil {
		cancel()
		<-sum
		return converted, disk.Full(err, converted.file.Name())
	}
	read := <-sum
	converted.SourceMD5, converted.SourceLength = hexOf(read.md5), read.length
	return converted, read.err
}

// create makes a file and takes its name away, where that can be done with an open file.
func create(into string) (*Converted, error) {
	file, err := os.CreateTemp(into, "novasphere-image-*.vmdk")
	if err != nil {
		return nil, disk.Full(err, filepath.Join(cmp.Or(into, os.TempDir()), "image"))
	}
	c := &Converted{file: file}
	if os.Remove(file.Name()) != nil {
		c.path = file.Name()
	}
	return c, nil
}

// write writes the disk into the file.
func (c *Converted) write(ctx context.Context, from disk.Image, progress Progress) error {
	counted := &digests{sha1: sha1.New(), sha256: sha256.New()}
	err := vmdk.WriteStream(ctx, io.MultiWriter(c.file, counted), from, func(done int64) { progress(done, from.Size()) })
	c.Size, c.Capacity, c.Length = from.Size(), vmdk.Capacity(from.Size()), counted.length
	c.SHA1, c.SHA256 = hexOf(counted.sha1), hexOf(counted.sha256)
	return err
}

func hexOf(sum hash.Hash) string { return hex.EncodeToString(sum.Sum(nil)) }

// measure returns what is known of an ISO image.
func measure(ctx context.Context, source Source, progress Progress) (*Converted, error) {
	file, err := openLocal(source.Path)
	if err != nil {
		return nil, disk.Named(source.name(), err)
	}
	counted := &digests{md5: md5.New(), sha1: sha1.New(), sha256: sha256.New()}
	err = agree(file, "iso")
	for offset := int64(0); err == nil && offset < file.Size(); offset += chunk {
		_, err = io.Copy(counted, io.NewSectionReader(file, offset, chunk))
		progress(counted.length, file.Size())
		err = errors.Join(err, ctx.Err())
	}
	if err != nil {
		return nil, disk.Named(source.name(), errors.Join(err, file.Close()))
	}
	return &Converted{
		Size: counted.length, Capacity: counted.length, Length: counted.length, SHA1: hexOf(counted.sha1), SHA256: hexOf(counted.sha256),
		SourceMD5: hexOf(counted.md5), SourceLength: counted.length, file: file.File,
	}, nil
}

// chunk is how many bytes are read between two looks at the context.
const chunk = 16 << 20

// digests is a writer that keeps digests and the length of what it is given.
type digests struct {
	md5, sha1, sha256 hash.Hash // nil is left out
	length            int64
}

func (d *digests) Write(p []byte) (int, error) {
	for _, sum := range []hash.Hash{d.md5, d.sha1, d.sha256} {
		if sum != nil {
			sum.Write(p)
		}
	}
	d.length += int64(len(p))
	return len(p), nil
}

// summed is what came of summing.
type summed struct {
	digests
	err error
}

// summing reads a file beside what else happens and sends its MD5.
func summing(ctx context.Context, path string) <-chan *summed {
	done := make(chan *summed, 1)
	go func() {
		s := &summed{digests: digests{md5: md5.New()}}
		defer func() { done <- s }()
		file, err := os.Open(path)
		if err != nil {
			s.err = err
			return
		}
		defer file.Close()
		for ctx.Err() == nil {
			if _, err := io.CopyN(&s.digests, file, chunk); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				s.err = err
				return
			}
		}
		s.err = ctx.Err()
	}()
	return done
}
