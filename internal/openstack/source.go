// SPDX-License-Identifier: MPL-2.0

package openstack

import (
	"errors"
	"fmt"
)

// Unanswered means that the vCenter does not have an object, and OpenStack, asked next, did not answer: whether the object exists is
// unknown.
type Unanswered struct {
	Here error // the vCenter's answer
	Err  error // why OpenStack did not answer
}

// Error gives both reasons.
func (u *Unanswered) Error() string {
	return fmt.Sprintf("%s; and OpenStack, which is asked next, did not answer: %s", u.Here, u.Err)
}

// Unwrap returns OpenStack's reason only: the vCenter's ErrNotFound does not mean that the object does not exist.
func (u *Unanswered) Unwrap() error { return u.Err }

// IsUnanswered reports whether err is an Unanswered.
func IsUnanswered(err error) bool {
	var silence *Unanswered
	return errors.As(err, &silence)
}

// Lookup finds something where source names, or, if source is empty, with here (vCenter) and then with there (OpenStack). Any error of
// here but ErrNotFound ends the search. It returns the source in which it was found. It calls there only if a cloud is configured.
func Lookup[T any](source string, cloud Cloud, here, there func() (T, error)) (found T, in string, err error) {
	if source == SourceOpenStack {
		if cloud == nil {
			return found, "", NoCloud("source")
		}
		found, err = there()
		return found, SourceOpenStack, err
	}
	found, missing := here()
	if cloud == nil || source == SourceVCenter || !errors.Is(missing, ErrNotFound) {
		return found, SourceVCenter, missing
	}
	elsewhere, err := there()
	switch {
	case errors.Is(err, ErrNotFound):
		return found, "", NotFound("%s; and %s", missing, err)
	case err != nil:
		return found, "", &Unanswered{missing, err}
	}
	return elsewhere, SourceOpenStack, nil
}

// NoCloud returns an error for an argument that selects OpenStack although the provider has no block openstack.
func NoCloud(argument string) error {
	return AttributeErrorf(argument, "it is %q, and the provider has no block openstack that says which cloud is meant: write that block, or "+
		"leave %s out", SourceOpenStack, argument)
}
