# SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
"""A plot of medians with their quartiles, as SVG."""

from html import escape

WIDTH, LEFT, RIGHT, TOP, STEP = 760, 230, 70, 56, 26
INK, DIM, OURS = "#333", "#bbb", "#0b6"


def dot_plot(title, rows):
    """rows: (name, lower quartile, median, upper quartile); the scale begins at 1 or below."""
    low = min(1.0, *(row[1] for row in rows))
    high = max(1.05, *(row[3] for row in rows))
    height = TOP + STEP * len(rows) + 34

    def x(value):
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / (high - low)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
             f'font-family="sans-serif" font-size="13">',
             f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
             f'<text x="12" y="24" font-size="15" fill="{INK}">{escape(title)}</text>']
    for tick in range(6):
        value = low + (high - low) * tick / 5
        parts.append(f'<line x1="{x(value):.1f}" x2="{x(value):.1f}" y1="{TOP - 12}" y2="{height - 28}" stroke="{DIM}" '
                     f'stroke-width="0.5"/><text x="{x(value):.1f}" y="{height - 10}" fill="{INK}" '
                     f'text-anchor="middle">{value:.2f}</text>')
    for number, (name, lower, median, upper) in enumerate(rows):
        y = TOP + STEP * number
        colour = OURS if name.startswith("proctree") else INK
        parts.append(f'<text x="{LEFT - 12}" y="{y + 4}" text-anchor="end" fill="{colour}">{escape(name)}</text>'
                     f'<line x1="{x(lower):.1f}" x2="{x(upper):.1f}" y1="{y}" y2="{y}" '
                     f'stroke="{colour}" stroke-width="3"/>'
                     f'<circle cx="{x(median):.1f}" cy="{y}" r="5" fill="{colour}"/>'
                     f'<text x="{WIDTH - 12}" y="{y + 4}" text-anchor="end" fill="{colour}">{median:.3f}</text>')
    return "\n".join(parts) + "\n</svg>\n"
