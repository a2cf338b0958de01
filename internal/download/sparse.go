// SPDX-License-Identifier: MPL-2.0

package download

import (
	"bytes"
	"os"
)

// block is the unit in which zeros are left out of a file, in bytes: a grain of a VMDK.
const block = 64 << 10

// sparse writes a file from its beginning and leaves blocks of zeros as holes, so that an image takes no more room than what is in it.
type sparse struct {
	file   *os.File
	length int64
	hole   bool // the end is not written yet
}

func (s *sparse) Write(p []byte) (int, error) {
	for done := 0; done < len(p); {
		part := p[done:min(len(p), done+block-int(s.length%block))]
		s.hole = zero(part)
		if !s.hole {
			if n, err := s.file.WriteAt(part, s.length); err != nil {
				return done + n, err
			}
		}
		s.length += int64(len(part))
		done += len(part)
	}
	return len(p), nil
}

// ReadAt reads what was written; an end within zeros is not written yet.
func (s *sparse) ReadAt(p []byte, offset int64) (int, error) { return s.file.ReadAt(p, offset) }

// end gives the file its length.
func (s *sparse) end() error {
	if s.hole {
		return s.file.Truncate(s.length)
	}
	return nil
}

// zero reports whether all bytes are 0.
func zero(p []byte) bool {
	return len(p) == 0 || p[0] == 0 && bytes.Equal(p[1:], p[:len(p)-1])
}
