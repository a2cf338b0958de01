// SPDX-License-Identifier: MPL-2.0

package download

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// algorithms are those of checksums.
var algorithms = map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}

// CheckChecksum refuses a checksum that is not written as one.
func CheckChecksum(text string) error {
	_, err := parseChecksum(text)
	return err
}

// checksum is what a file must have. The zero value is that of any file.
type checksum struct {
	algorithm string
	sum       string // in hex
}

func parseChecksum(text string) (checksum, error) {
	if text == "" {
		return checksum{}, nil
	}
	algorithm, sum, _ := strings.Cut(text, ":")
	algorithm, sum = strings.ToLower(algorithm), strings.ToLower(sum)
	newHash, known := algorithms[algorithm]
	if !known {
		return checksum{}, fmt.Errorf("%q is no checksum: write the algorithm, md5, sha1, sha256 or sha512, a colon and the sum in "+
			"hexadecimal digits, as in sha256:<64 digits>", text)
	}
	if raw, err := hex.DecodeString(sum); err != nil || len(raw) != newHash().Size() {
		return checksum{}, fmt.Errorf("%q is no checksum: one of %s has %d hexadecimal digits", text, algorithm, 2*newHash().Size())
	}
	return checksum{algorithm, sum}, nil
}

// hash returns what computes the checksum, or nil if none is wanted.
func (c checksum) hash() hash.Hash {
	if c.algorithm == "" {
		return nil
	}
	return algorithms[c.algorithm]()
}

// check refuses what has another checksum.
func (c checksum) check(computed hash.Hash) error {
	if c.algorithm == "" {
		return nil
	}
	if got := hex.EncodeToString(computed.Sum(nil)); got != c.sum {
		return disk.Refusef("compare it with what the publisher gives; a new release under the same name has another",
			"has the checksum %s:%s, and image_checksum is %s:%s", c.algorithm, got, c.algorithm, c.sum)
	}
	return nil
}

// checkFile refuses a file that has another checksum.
func (c checksum) checkFile(ctx context.Context, path string) error {
	if c.algorithm == "" {
		return nil
	}
	computed := c.hash()
	if err := sumFile(ctx, path, computed); err != nil {
		return err
	}
	return c.check(computed)
}

// chunk is how many bytes are copied between two looks at the context.
const chunk = 4 << 20

// sumFile writes a file into a hash.
func sumFile(ctx context.Context, path string, into io.Writer) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	for err == nil {
		if err = ctx.Err(); err == nil {
			_, err = io.CopyN(into, file, chunk)
		}
	}
	if err == io.EOF {
		return nil
	}
	return err
}
