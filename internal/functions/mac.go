// SPDX-License-Identifier: MPL-2.0

package functions

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

func newMAC() function.Function { return mac{} }

// mac returns a MAC address that follows from a text.
type mac struct{}

// Metadata sets the name of the function.
func (mac) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "mac"
}

// Definition says what it takes and returns.
func (mac) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "A MAC address that follows from a text",
		MarkdownDescription: "Returns an address of `00:50:56:00:00:00` to `00:50:56:3f:ff:ff`, the range in which vSphere admits addresses " +
			"that are set by hand. The same text always gives the same address, so a `novasphere_networking_port` that is made anew keeps its " +
			"`mac_address`, and with it the guest's reservation in a DHCP server or a licence. The range has 4,194,304 addresses, so two texts " +
			"can have the same one: among 100 texts with a chance of 1 in 850, among 1,000 with one of 1 in 9. On one network the plan of the " +
			"second port then refuses it, and names the port that has it: change one of the texts. On different networks both may stand. Begin " +
			"the text with what is yours (`\"shop/db/0\"`), because equal texts of two teams are equal addresses.",
		Parameters: []function.Parameter{function.StringParameter{Name: "seed", MarkdownDescription: "Any text, for example the name of the " +
			"port with a prefix of the project."}},
		Return: function.StringReturn{},
	}
}

// Run computes the address.
func (mac) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var seed string
	if resp.Error = req.Arguments.Get(ctx, &seed); resp.Error != nil {
		return
	}
	if seed == "" {
		resp.Error = atArgument(errors.New("it is empty, and every port with an empty seed would have the same address"))
		return
	}
	resp.Error = resp.Result.Set(ctx, macOf(seed))
}

// macOf returns the address of a seed: of its SHA-256 the first 22 bits, which is what VMware's prefix and range leave.
func macOf(seed string) string {
	sum := sha256.Sum256([]byte(seed))
	return fmt.Sprintf("00:50:56:%02x:%02x:%02x", sum[0]&0x3f, sum[1], sum[2])
}
