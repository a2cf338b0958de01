package diskimage

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/vmdk"
)

// Converted is a file that can be sent, and what is known of it.
type Converted struct {
	Path     string
	Capacity int64 // of the disk, in bytes: whole MiB. Of an ISO image its length.
	Length   int64 // of the file, in bytes
	SHA1     string
	SHA256   string

	SourceMD5    string // Glance's checksum: that of the source as it was given
	SourceLength int64  // in bytes

	temporary bool
}

// Remove removes the file, unless it is the source itself.
func (c Converted) Remove() error {
	if !c.temporary {
		return nil
	}
	return os.Remove(c.Path)
}

// Progress is called with how much of the disk is done, both in bytes. It is called often, and never by two goroutines at once.
type Progress func(done, total int64)

// Convert writes the disk of a source as a streamOptimized VMDK into a new file of a folder, which only this user may read; "" is the
// system's folder for temporary files. An ISO image is not written: the file is the source itself. After an error no file is left.
func Convert(ctx context.Context, source Source, into string, progress Progress) (converted Converted, err error) {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	if source.ISO() {
		return measure(ctx, source, progress)
	}
	from, err := Open(ctx, source)
	if err != nil {
		return Converted{}, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := os.CreateTemp(into, "novasphere-image-*.vmdk")
	if err != nil {
		return Converted{}, err
	}
	defer func() {
		if err = errors.Join(err, to.Close()); err != nil {
			err, converted = errors.Join(disk.Named(source.name(), err), os.Remove(to.Name())), Converted{}
		}
	}()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sum := summing(ctx, source.Path)
	converted, err = write(ctx, to, from, progress)
	if err != nil {
		cancel()
		<-sum
		return converted, err
	}
	read := <-sum
	converted.SourceMD5, converted.SourceLength = hex.EncodeToString(read.md5.Sum(nil)), read.length
	return converted, read.err
}

// write writes the disk and returns what is known of the file.
func write(ctx context.Context, to *os.File, from disk.Image, progress Progress) (Converted, error) {
	counted := &digests{sha1: sha1.New(), sha256: sha256.New()}
	err := vmdk.WriteStream(ctx, io.MultiWriter(to, counted), from, func(done int64) { progress(done, from.Size()) })
	return Converted{
		Path: to.Name(), Capacity: vmdk.Capacity(from.Size()), Length: counted.length, SHA1: hex.EncodeToString(counted.sha1.Sum(nil)),
		SHA256: hex.EncodeToString(counted.sha256.Sum(nil)), temporary: true,
	}, err
}

// measure returns what is known of an ISO image.
func measure(ctx context.Context, source Source, progress Progress) (Converted, error) {
	file, err := openLocal(source.Path)
	if err != nil {
		return Converted{}, err
	}
	defer file.Close()
	if err := agree(file, "iso"); err != nil {
		return Converted{}, disk.Named(source.name(), err)
	}
	counted := &digests{md5: md5.New(), sha1: sha1.New(), sha256: sha256.New()}
	for offset := int64(0); offset < file.Size(); offset += chunk {
		if ctx.Err() != nil {
			return Converted{}, ctx.Err()
		}
		if _, err := io.Copy(counted, io.NewSectionReader(file, offset, chunk)); err != nil {
			return Converted{}, err
		}
		progress(counted.length, file.Size())
	}
	return Converted{
		Path: source.Path, Capacity: counted.length, Length: counted.length, SHA1: hex.EncodeToString(counted.sha1.Sum(nil)),
		SHA256: hex.EncodeToString(counted.sha256.Sum(nil)), SourceMD5: hex.EncodeToString(counted.md5.Sum(nil)), SourceLength: counted.length,
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
