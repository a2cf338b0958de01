package upload

import (
	"context"
	"errors"
)

// throughVCenter brings a disk through the vCenter's own access to datastores.
func (u *Uploads) throughVCenter(context.Context, Machine) (ref, error) {
	return ref{}, errors.New("there is no way through the vCenter alone yet")
}
