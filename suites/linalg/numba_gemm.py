"""C += alpha A B in Numba alone, for the kernels whose honest form is compiled loops.

Three loops over arrays reach a quarter of the machine here: LLVM keeps the sums in memory. So the
innermost part is emitted as vector instructions, as in every fast BLAS (K. Goto and R. A. van de
Geijn, Anatomy of high-performance matrix multiplication, ACM TOMS 34, 2008): panels of A and B
are copied into the order they are read in, and a tile of C of ``ROWS`` by two or more registers
is summed up in registers.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import njit, prange, types
from numba.extending import intrinsic

_WIDE = bool(llvmlite.binding.get_host_cpu_features().get("avx512f"))
REGISTER_BYTES = 64 if _WIDE else 32
REGISTERS = 3 if _WIDE else 2
"""Vector registers in a row of a tile."""
ROWS = 8 if _WIDE else 6
"""Rows of a tile: as many as leave registers for a row of B and an entry of A."""
LANES_BYTES = REGISTERS * REGISTER_BYTES
DEPTH = 256
"""Length of the packed panels: C is read and written once for each."""
BAND = 16 * ROWS
"""Rows of A packed at a time: they stay in the second-level cache."""
SMALL = 20
"""Order up to which packing costs more than it saves."""


@intrinsic
def _add_tile(context: Any, a: Any, b: Any, depth: Any, c: Any, top: Any, left: Any) -> Any:
    """``c[top + i, left + j] += sum_p a[p, i] b[p, j]`` of packed panels, in vector registers."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        of_a, of_b, of_c = (
            context.make_array(signature.args[k])(context, builder, args[k]) for k in (0, 1, 3)
        )
        panel_a, panel_b = of_a.data, of_b.data
        lanes = REGISTER_BYTES * 8 // signature.args[0].dtype.bitwidth
        vector, index = ir.VectorType(panel_a.type.pointee, lanes), ir.IntType(64)
        columns = [(i, j) for i in range(ROWS) for j in range(REGISTERS)]

        def address(base: Any, offset: Any) -> Any:
            return builder.bitcast(builder.gep(base, [offset]), vector.as_pointer())

        def broadcast(scalar: Any) -> Any:
            blank = ir.Constant(vector, ir.Undefined)
            first = builder.insert_element(blank, scalar, ir.Constant(ir.IntType(32), 0))
            zeros = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
            return builder.shuffle_vector(first, blank, zeros)

        before = builder.block
        loop = builder.append_basic_block("depth")
        after = builder.append_basic_block("store")
        builder.branch(loop)
        builder.position_at_end(loop)
        p = builder.phi(index)
        p.add_incoming(ir.Constant(index, 0), before)
        sums = {at: builder.phi(vector) for at in columns}
        row_b = builder.mul(p, ir.Constant(index, REGISTERS * lanes))
        row_a = builder.mul(p, ir.Constant(index, ROWS))
        from_b = [
            builder.load(
                address(panel_b, builder.add(row_b, ir.Constant(index, j * lanes))), align=4
            )
            for j in range(REGISTERS)
        ]
        totals = {}
        for i in range(ROWS):
            at = builder.add(row_a, ir.Constant(index, i))
            from_a = broadcast(builder.load(builder.gep(panel_a, [at])))
            for j in range(REGISTERS):
                product = builder.fmul(from_a, from_b[j], flags=["contract"])
                totals[i, j] = builder.fadd(sums[i, j], product, flags=["contract"])
        following = builder.add(p, ir.Constant(index, 1))
        p.add_incoming(following, loop)
        for at in columns:
            sums[at].add_incoming(ir.Constant(vector, [0.0] * lanes), before)
            sums[at].add_incoming(totals[at], loop)
        builder.cbranch(builder.icmp_signed("<", following, args[2]), loop, after)
        builder.position_at_end(after)
        width = builder.extract_value(of_c.shape, 1)
        for i, j in columns:
            row = builder.mul(builder.add(args[4], ir.Constant(index, i)), width)
            column = builder.add(args[5], ir.Constant(index, j * lanes))
            at = address(of_c.data, builder.add(row, column))
            builder.store(builder.fadd(builder.load(at, align=4), totals[i, j]), at, align=4)
        return context.get_dummy_value()

    return types.void(a, b, types.intp, c, types.intp, types.intp), emit


# Numba optimises a function again in each one that calls it. These are inlined before that, and
# have no entry from Python, which takes compilation from ten seconds to a few.
_inlined = njit(error_model="numpy", fastmath={"contract"}, inline="always")
_internal = njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)


@_inlined
def _empty_panels(panels, depth, width, like):
    """Return a new array, placed so that no load of a register crosses two cache lines."""
    lane = REGISTER_BYTES // like.itemsize
    size = panels * depth * width
    room = np.empty(size + lane, like.dtype)
    start = -(room.ctypes.data // like.itemsize) % lane
    return room[start : start + size].reshape(panels, depth, width)


@_inlined
def _pack_rows(alpha, a, i0, k0, rows, depth):
    """Return alpha * a[i0:i0+rows, k0:k0+depth] in groups of `ROWS` rows, padded with zeros."""
    groups = (rows + ROWS - 1) // ROWS
    packed = _empty_panels(groups, depth, ROWS, a)
    for p in range(depth):
        for i in range(ROWS):
            packed[groups - 1, p, i] = 0
    for i in range(rows):
        panel = packed[i // ROWS]
        for p in range(depth):
            panel[p, i % ROWS] = alpha * a[i0 + i, k0 + p]
    return packed


@_inlined
def _pack_columns(b, k0, j0, columns, depth):
    """Return b[k0:k0+depth, j0:j0+columns] in groups of columns, padded with zeros."""
    width = LANES_BYTES // b.itemsize
    groups = (columns + width - 1) // width
    packed = _empty_panels(groups, depth, width, b)
    for p in range(depth):
        for g in range(groups):
            first = g * width
            last = min(width, columns - first)
            if last == width:  # of a known length, so vector instructions
                for j in range(width):
                    packed[g, p, j] = b[k0 + p, j0 + first + j]
            else:
                for j in range(width):
                    packed[g, p, j] = b[k0 + p, j0 + first + j] if j < last else 0
    return packed


@_internal
def _add_band(alpha, a, ai, aj, panels, c, ci, cj, rows, columns, depth):
    """Add alpha a[ai:ai+rows, aj:aj+depth] B to a band of C, B being packed."""
    packed = _pack_rows(alpha, a, ai, aj, rows, depth)
    width = panels.shape[2]
    tile = np.empty((ROWS, width), c.dtype)
    for g in range(panels.shape[0]):
        left = cj + g * width
        last = min(width, columns - g * width)
        for h in range(packed.shape[0]):
            top = ci + h * ROWS
            height = min(ROWS, rows - h * ROWS)
            if height == ROWS and last == width:
                _add_tile(packed[h], panels[g], depth, c, top, left)
            else:
                for i in range(ROWS):  # loops, not slices: those take ten seconds to compile
                    for j in range(width):
                        tile[i, j] = 0
                _add_tile(packed[h], panels[g], depth, tile, 0, 0)
                for i in range(height):
                    for j in range(last):
                        c[top + i, left + j] += tile[i, j]


@_inlined
def _add_small(alpha, a, ai, aj, b, bi, bj, c, ci, cj, rows, columns, depth):
    for i in range(rows):
        for p in range(depth):
            factor = alpha * a[ai + i, aj + p]
            for j in range(columns):
                c[ci + i, cj + j] += factor * b[bi + p, bj + j]


@njit(parallel=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
def _add_bands(alpha, a, ai, aj, panels, c, ci, cj, rows, columns, depth):
    for band in prange((rows + BAND - 1) // BAND):
        first = np.int64(band) * BAND
        height = min(BAND, rows - first)
        _add_band(alpha, a, ai + first, aj, panels, c, ci + first, cj, height, columns, depth)


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def add_product(alpha, a, ai, aj, b, bi, bj, c, ci, cj, rows, columns, depth):
    """Add alpha times a product of parts of matrices to a part of a matrix, in place.

    ``c[ci:ci+rows, cj:cj+columns] += alpha * a[ai:ai+rows, aj:aj+depth]
    @ b[bi:bi+depth, bj:bj+columns]``. Whole arrays and offsets, not slices: the compiler then
    knows that rows are contiguous. Bands of rows are shared out among the threads.

    Parameters
    ----------
    alpha : {1, -1}
        An integer, so that float32 stays float32.
    a, b, c : ndarray
        C-contiguous matrices of one dtype.
    """
    sign = a.dtype.type(alpha)
    if rows * columns * depth <= SMALL**3:
        _add_small(sign, a, ai, aj, b, bi, bj, c, ci, cj, rows, columns, depth)
    else:
        for k in range(0, depth, DEPTH):
            d = min(DEPTH, depth - k)
            panels = _pack_columns(b, bi + k, bj, columns, d)
            _add_bands(sign, a, ai, aj + k, panels, c, ci, cj, rows, columns, d)
