package plan

import (
	"context"
	"fmt"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// Delete warns of disks and devices that are deleted with an instance although its configuration does not have them.
func Delete(ctx context.Context, req Request) error {
	warnExtraDeleted(ctx, req.State.Name.ValueString(), model.ReadPrivateState(ctx, req.Private).Besides)
	return nil
}

// warnExtraDeleted names what was attached to the VM by hand and is deleted with it.
func warnExtraDeleted(ctx context.Context, name string, extra []string) {
	if len(extra) > 0 {
		crud.Warn(ctx, "More than the instance will be deleted", fmt.Sprintf("With %s goes what is not of its configuration: %s. Where "+
			"somebody needs it, detach or copy it first; a disk that lies in another folder than the machine's is detached and stays",
			name, strings.Join(extra, ", ")))
	}
}
