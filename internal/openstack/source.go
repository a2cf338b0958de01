package openstack

import (
	"errors"
	"fmt"
)

// Unanswered says that OpenStack was to be asked for what the vCenter does not know, and did not answer: whether it is there is
// not known.
type Unanswered struct {
	Here error // why the vCenter does not have it
	Err  error // why OpenStack did not answer
}

// Error says both.
func (u *Unanswered) Error() string {
	return fmt.Sprintf("%s; and OpenStack, which is asked next, did not answer: %s", u.Here, u.Err)
}

// Unwrap gives OpenStack's reason. What the vCenter said is left out: nothing is known not to exist.
func (u *Unanswered) Unwrap() error { return u.Err }

// IsUnanswered says that an error is OpenStack's silence.
func IsUnanswered(err error) bool {
	var silence *Unanswered
	return errors.As(err, &silence)
}

// Lookup finds something where source says, or where that is empty here, and then there: an error other than ErrNotFound ends the
// search. It says in which of the two it was found. there is only called where a cloud is configured.
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

// NoCloud says at an argument which asks for OpenStack that the provider knows of none.
func NoCloud(argument string) error {
	return AttributeErrorf(argument, "it is %q, and the provider has no block openstack that says which cloud is meant: write that block, or "+
		"leave %s out", SourceOpenStack, argument)
}
