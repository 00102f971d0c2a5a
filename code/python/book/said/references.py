"""References."""

SAYS: list[str] = []
READ = [
    "Nature, 1986. [Backpropagation](../learning/backpropagation.md). -",
    "Units](https://arxiv.org/abs/1606.08415). 2016. [Tanh](../model/tanh.md#gelu). -",
    "Research, 2014. [Dropout](../model/dropout.md",
    "Optimization](https://arxiv.org/abs/1412.6980). 2014. [AdamW](../learning/adamw.md). -",
    "Regularization](https://arxiv.org/abs/1711.05101). 2017. [AdamW](../learning/adamw.md#weight-decay). -",
    "Restarts](https://arxiv.org/abs/1608.03983). 2016. The cosine",
    "Networks](https://arxiv.org/abs/1706.04599). 2017. [How low",
    "modeling. 1995. [Counting, done",
    "Modeling](https://arxiv.org/abs/cmp-lg/9606011). 1996. [Counting, done",
    "Deviates. 1958. [Randomness](../model/randomness.md#a-bell). -",
    "Generators](https://gee.cs.oswego.edu/dl/papers/oopsla14.pdf). 2014. [Randomness](../model/randomness.md#streams). -",
    "Domains. 2002. [Randomness](../model/randomness.md#the-order-of-an-epoch",
    "model. 2010. And: [Efficient",
    "Space](https://arxiv.org/abs/1301.3781). 2013. - D",
    "Translate](https://arxiv.org/abs/1409.0473). 2014. Attention. -",
    "Recognition](https://arxiv.org/abs/1512.03385). 2015. - J",
    "Normalization](https://arxiv.org/abs/1607.06450). 2016. - A",
    "[Bengio 2003 and since](../back/since.md",
    "Multiplication. 2008. [The ladder](../fast/ladder.md",
    "Architectures. 2009. [Rounding](../fast/rounding.md#a-roof-for-every-operation). -",
    "Arithmetic. 1991. [They agree](../learning/agreement.md#what-equal-means",
    "Learning](https://www.deeplearningbook.org). 2016",
]
