// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/action"
)

// TestProgressAfterAnInterrupt: lines come in their order while the call goes on, and none after its end; a line that nobody takes any
// more holds nothing up.
func TestProgressAfterAnInterrupt(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	var told []string
	tell := progressOf(ctx, func(event action.InvokeProgressEvent) { told = append(told, event.Message) })
	tell("%d of %d", 1, 2)
	tell("%d of %d", 2, 2)
	end()
	tell("too late")
	if !slices.Equal(told, []string{"1 of 2", "2 of 2"}) {
		t.Error(told)
	}
	ctx, end = context.WithCancel(t.Context())
	tell = progressOf(ctx, func(action.InvokeProgressEvent) {
		end()
		select {} // as the framework does once the server has ended the call
	})
	tell("a line that nobody takes")
}
