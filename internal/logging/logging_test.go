// SPDX-License-Identifier: MPL-2.0

package logging_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
)

// TestLinesAtOnce: what one request does at once may log at once, and every line is masked.
func TestLinesAtOnce(t *testing.T) {
	t.Setenv("TF_LOG_PROVIDER_NOVASPHERE", "DEBUG")
	var lines strings.Builder
	ctx := tflog.SetField(tflogtest.RootLogger(t.Context(), &lines), "tf_resource_type", "of the secret")
	ctx = logging.Begin(ctx, func() []string { return []string{"secret"} })
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for range 16 {
				logging.NSX.Debug(ctx, "call", "path", "/secret")
				logging.Network.Info(ctx, "done")
			}
		})
	}
	all.Wait()
	text := lines.String()
	if n := strings.Count(text, "\n"); n != 64*16*2 || strings.Contains(text, "secret") {
		t.Errorf("%d lines, masked: %t", n, !strings.Contains(text, "secret"))
	}
}
