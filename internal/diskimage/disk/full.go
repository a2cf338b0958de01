// SPDX-License-Identifier: MPL-2.0

package disk

import (
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
)

// Full explains the error of a write to a disk without room. It returns any other as it is.
func Full(err error, path string) error {
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return err
	}
	return fmt.Errorf("there is no room left in %s: make room there, or name another folder in the environment variable TMPDIR (%w)",
		filepath.Dir(path), err)
}
