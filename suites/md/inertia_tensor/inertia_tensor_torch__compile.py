"""Nine sums over components sliced from the rows, in one pass about a point inside; then moved.

The compiler fuses all into one loop without temporaries. A pass for the centre before takes half as
long again, a subtraction before slicing doubles the time, and a product by ``matmul`` takes 40
times as long. O(frames atoms).
"""

from ..torch_frames import compiled, fused_second_moments, inertia_from_sums


@compiled
def inertia_tensor(positions, masses):
    return inertia_from_sums(*fused_second_moments(positions, masses))
