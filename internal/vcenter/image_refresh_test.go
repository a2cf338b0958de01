// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestRefreshKeepsWhatIsLinked: the copy that an instance is a linked clone of stays, with the instance's name as the reason.
func TestRefreshKeepsWhatIsLinked(t *testing.T) {
	t.Parallel()
	l := imageUseOf(t)
	own := l.linkedImage()
	if _, err := l.instance("linked-1", own); err != nil {
		t.Fatal(err)
	}
	before := len(l.copies())
	if before == 0 {
		t.Fatal("the linked clone has no copy to hang on")
	}
	told := ""
	err := l.Images.Refresh(t.Context(), own.ID, func(format string, args ...any) { told += fmt.Sprintf(format, args...) + "\n" })
	if err != nil || len(l.copies()) != before || !strings.Contains(told, `the disks of "linked-1" are linked clones of it`) {
		t.Errorf("%d copies, %d before: %v\n%s", len(l.copies()), before, err, told)
	}
}
